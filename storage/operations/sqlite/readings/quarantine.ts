import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { QuarantineChoice, QuarantineRows, QuarantineSummary } from '#storage/operations/quarantine.ts';
import {
  QuarantineEntry,
  QuarantineEvent,
  QuarantinedPacket,
  QuarantinedPart,
} from '#model/readings/quarantined-packet.ts';
import { hourOf } from '#model/base/instant.ts';
import { addingCounts } from './ledger.ts';
import { type SqliteRow, all, bytes, first, number, text } from '#storage/operations/sqlite/row.ts';
import { tableOf } from '#storage/operations/sqlite/table.ts';
import type { Transaction } from '#storage/operations/sqlite/transaction.ts';

/** Bytes of a payload that a list shows. */
const PREVIEW_BYTES = 120;

/** The first bytes of a payload. `substr` of an empty BLOB is NULL in SQLite, not an empty BLOB. */
const PREVIEW = `ifnull(substr(payload, 1, ${PREVIEW_BYTES}), x'')`;

const Packet = z.object({ packet: z.number() });
const ENVELOPES = tableOf('quarantine', QuarantineEntry.omit({ parts: true, payload: true }));
const NEW_PACKETS = tableOf('quarantine', QuarantinedPacket.omit({ parts: true }));
const PARTS = tableOf('quarantine_part', Packet.extend({ position: z.number() }).extend(QuarantinedPart.shape));
export const QUARANTINE_EVENTS = tableOf('quarantine_event', Packet.extend(QuarantineEvent.shape));

/** Writes the parts of a packet that are refused, in their order; to be called inside a transaction. */
export const addingParts = (database: DatabaseSync): ((packet: number, parts: readonly QuarantinedPart[]) => void) => {
  const add = database.prepare(PARTS.insert);
  return (packet, parts) =>
    parts.forEach((part, position) => {
      add.run(...PARTS.values({ ...part, packet, position }));
    });
};

/** Puts a refused packet away; to be called inside the transaction that moves the cursor. A packet comes once. */
export const addingQuarantine = (database: DatabaseSync): ((packet: QuarantinedPacket) => void) => {
  const addPacket = database.prepare(NEW_PACKETS.insert);
  const addParts = addingParts(database);
  return (packet) => addParts(Number(addPacket.run(...NEW_PACKETS.values(packet)).lastInsertRowid), packet.parts);
};

const readPart = (row: SqliteRow): QuarantinedPart => {
  const { packet: _, position: __, ...part } = PARTS.read(row);
  return part;
};

const readEvent = (row: SqliteRow): QuarantineEvent => {
  const { packet: _, ...event } = QUARANTINE_EVENTS.read(row);
  return event;
};

const CHOSEN = `($device IS NULL OR device = $device) AND ($from IS NULL OR received_at >= $from)
  AND ($to IS NULL OR received_at < $to)
  AND ($code IS NULL OR EXISTS (SELECT 1 FROM quarantine_part WHERE packet = id AND code = $code))`;

const chosenBy = ({ device, from, to, code }: Omit<QuarantineChoice, 'ids'>) => ({
  device: device ?? null,
  from: from ?? null,
  to: to ?? null,
  code: code ?? null,
});

const discarding = (database: DatabaseSync, transaction: Transaction): QuarantineRows['discard'] => {
  const close = database.prepare(
    `UPDATE quarantine SET state = 'discarded', closed_at = $at WHERE id = $id AND state = 'open'
     RETURNING journal, device, received_at`,
  );
  const note = database.prepare(QUARANTINE_EVENTS.insert);
  const addCounts = addingCounts(database);
  return (ids, { reason, by, at }) =>
    transaction(() => {
      let count = 0;
      for (const id of ids) {
        const row = close.get({ at, id });
        if (row === undefined) continue;
        const hour = hourOf(number(row, 'received_at'));
        const moved = { journal: text(row, 'journal'), device: text(row, 'device'), hour, processed: 0 };
        addCounts({ messages: [{ ...moved, quarantined: -1, discarded: 1 }], readings: [], rows: [] });
        note.run(...QUARANTINE_EVENTS.values({ packet: id, at, action: 'discarded', note: reason, by }));
        count += 1;
      }
      return count;
    });
};

/** Quarantine rows in SQLite. A list never touches more of a payload than its preview. */
export const quarantineRows = (database: DatabaseSync, transaction: Transaction): QuarantineRows => {
  const parts = database.prepare('SELECT * FROM quarantine_part WHERE packet = $packet ORDER BY position');
  const one = database.prepare('SELECT * FROM quarantine WHERE id = $id');
  const events = database.prepare('SELECT * FROM quarantine_event WHERE packet = $packet ORDER BY rowid');
  const lastEvent = database.prepare(
    'SELECT * FROM quarantine_event WHERE packet = $packet ORDER BY rowid DESC LIMIT 1',
  );
  const openCount = database.prepare("SELECT count(*) AS packets FROM quarantine WHERE state = 'open'");
  const allBytes = database.prepare('SELECT ifnull(sum(length(payload)), 0) AS bytes FROM quarantine');
  const list = database.prepare(
    `SELECT ${ENVELOPES.columns}, length(payload) AS bytes, ${PREVIEW} AS preview FROM quarantine
     WHERE ${CHOSEN} AND ($state IS NULL OR state = $state) AND ($before IS NULL OR id < $before)
     ORDER BY id DESC LIMIT $limit`,
  );
  const open = database.prepare(
    `SELECT id FROM quarantine WHERE ${CHOSEN} AND state = 'open' AND id > $after
     AND ($ids IS NULL OR id IN (SELECT value FROM json_each($ids))) ORDER BY id LIMIT $limit`,
  );
  const sequences = database.prepare(
    "SELECT sequence FROM quarantine WHERE journal = $journal AND device = $device AND state = 'open'",
  );
  const before = database.prepare(
    `SELECT ${ENVELOPES.columns} FROM quarantine WHERE device = $device AND session = $session
     AND packet_id = $packetId AND received_at >= $since AND payload = $payload ORDER BY id DESC LIMIT 1`,
  );
  const purge = database.prepare(
    `DELETE FROM quarantine WHERE id IN
     (SELECT id FROM quarantine WHERE closed_at < $before ORDER BY closed_at LIMIT $limit)`,
  );
  const partsOf = (row: SqliteRow): readonly QuarantinedPart[] => all(parts, readPart, { packet: number(row, 'id') });
  const summary = (row: SqliteRow): QuarantineSummary => ({
    ...ENVELOPES.read(row),
    parts: partsOf(row),
    last: first(lastEvent, readEvent, { packet: number(row, 'id') }),
    bytes: number(row, 'bytes'),
    preview: bytes(row, 'preview'),
  });
  return {
    quarantine: ({ state = null, before = null, limit, ...choice }) =>
      all(list, summary, { ...chosenBy(choice), state, before, limit }),
    quarantined: (id) =>
      first(one, (row) => ({ ...ENVELOPES.read(row), parts: partsOf(row), payload: bytes(row, 'payload') }), { id }),
    quarantineEvents: (id) => all(events, readEvent, { packet: id }),
    openQuarantine: ({ ids: named, ...choice }, after, limit) => {
      const ids = named === undefined ? null : JSON.stringify(named);
      return all(open, (row) => number(row, 'id'), { ...chosenBy(choice), ids, after, limit });
    },
    openSequences: (journal, device) => new Set(all(sequences, (row) => number(row, 'sequence'), { journal, device })),
    quarantinedBefore: (packet) =>
      first(before, (row) => ({ ...ENVELOPES.read(row), parts: partsOf(row) }), { ...packet }),
    openPackets: () => first(openCount, (row) => number(row, 'packets')) ?? 0,
    quarantineBytes: () => first(allBytes, (row) => number(row, 'bytes')) ?? 0,
    discard: discarding(database, transaction),
    purgeQuarantine: (before, limit) => transaction(() => Number(purge.run({ before, limit }).changes)),
  };
};
