import type { DatabaseSync } from 'node:sqlite';
import {
  QUARANTINE_ACTIONS,
  QUARANTINE_STATES,
  type QuarantineEntry,
  type QuarantineEvent,
  type QuarantineRows,
  type QuarantineSummary,
  type QuarantinedPacket,
  type QuarantinedPart,
} from '#storage/operations/quarantine.ts';
import { isFaultCode } from '#model/base/fault.ts';
import { hourOf } from '#model/base/instant.ts';
import { addingCounts } from './ledger.ts';
import { type SqliteRow, all, bytes, first, number, text } from './row.ts';
import type { Transaction } from './transaction.ts';

/** Bytes of a payload that a list shows. */
const PREVIEW_BYTES = 120;

/** The first bytes of a payload. `substr` of an empty BLOB is NULL in SQLite, not an empty BLOB. */
const PREVIEW = `ifnull(substr(payload, 1, ${PREVIEW_BYTES}), x'')`;

/** Writes the parts of a packet that are refused, in their order; to be called inside a transaction. */
export const addingParts = (
  database: DatabaseSync,
): ((packet: number | bigint, parts: readonly QuarantinedPart[]) => void) => {
  const add = database.prepare('INSERT INTO quarantine_part VALUES (?, ?, ?, ?, ?, ?, ?)');
  return (packet, parts) =>
    parts.forEach(({ place, code, detail, readings, further }, position) => {
      add.run(packet, position, place, code, detail, readings, further);
    });
};

/** Puts a refused packet away; to be called inside the transaction that moves the cursor. A packet comes once. */
export const addingQuarantine = (database: DatabaseSync): ((packet: QuarantinedPacket) => void) => {
  const addPacket = database.prepare(
    `INSERT INTO quarantine
     (journal, sequence, device, topic, received_at, codec, codec_version, is_dup, packet_id, session, payload, state)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open')`,
  );
  const addParts = addingParts(database);
  return (of) => {
    const { journal, sequence, device, topic, receivedAt, codec, codecVersion } = of;
    const packet = [journal, sequence, device, topic, receivedAt, codec, codecVersion];
    const sending = [of.dup ? 1 : 0, of.packetId, of.session ?? null];
    addParts(addPacket.run(...packet, ...sending, of.payload).lastInsertRowid, of.parts);
  };
};

const readPart = (row: SqliteRow): QuarantinedPart => {
  const code = text(row, 'code');
  if (!isFaultCode(code)) throw new TypeError(`quarantine holds the unknown code ${code}`);
  return {
    place: text(row, 'place'),
    code,
    detail: text(row, 'detail'),
    readings: number(row, 'readings'),
    further: number(row, 'further'),
  };
};

const readState = (row: SqliteRow): QuarantineEntry['state'] => {
  const state = QUARANTINE_STATES.find((known) => known === row['state']);
  if (state === undefined) throw new TypeError('quarantine holds an unknown state');
  return state;
};

const readEvent = (row: SqliteRow): QuarantineEvent => {
  const action = QUARANTINE_ACTIONS.find((known) => known === row['action']);
  if (action === undefined) throw new TypeError('quarantine holds an unknown action');
  const by = row['by_whom'] === null ? undefined : text(row, 'by_whom');
  return { at: number(row, 'at'), action, note: text(row, 'note'), by };
};

const readEnvelope = (row: SqliteRow) => ({
  id: number(row, 'id'),
  journal: text(row, 'journal'),
  sequence: number(row, 'sequence'),
  device: text(row, 'device'),
  topic: text(row, 'topic'),
  receivedAt: number(row, 'received_at'),
  codec: text(row, 'codec'),
  codecVersion: number(row, 'codec_version'),
  dup: number(row, 'is_dup') === 1,
  packetId: number(row, 'packet_id'),
  session: row['session'] === null ? undefined : text(row, 'session'),
  state: readState(row),
});

const ENVELOPE =
  'id, journal, sequence, device, topic, received_at, codec, codec_version, is_dup, packet_id, session, state';
const CHOSEN = `(?1 IS NULL OR device = ?1) AND (?2 IS NULL OR received_at >= ?2)
  AND (?3 IS NULL OR received_at < ?3)
  AND (?4 IS NULL OR EXISTS (SELECT 1 FROM quarantine_part WHERE packet = id AND code = ?4))`;

const discarding = (database: DatabaseSync, transaction: Transaction): QuarantineRows['discard'] => {
  const close = database.prepare(
    "UPDATE quarantine SET state = 'discarded', closed_at = ? WHERE id = ? AND state = 'open' RETURNING journal, device, received_at",
  );
  const note = database.prepare("INSERT INTO quarantine_event VALUES (?, ?, 'discarded', ?, ?)");
  const addCounts = addingCounts(database);
  return (ids, { reason, by, at }) =>
    transaction(() => {
      let count = 0;
      for (const id of ids) {
        const row = close.get(at, id);
        if (row === undefined) continue;
        const hour = hourOf(number(row, 'received_at'));
        const moved = { journal: text(row, 'journal'), device: text(row, 'device'), hour, processed: 0 };
        addCounts({ messages: [{ ...moved, quarantined: -1, discarded: 1 }], readings: [], rows: [] });
        note.run(id, at, reason, by);
        count += 1;
      }
      return count;
    });
};

/** Quarantine rows in SQLite. A list never touches more of a payload than its preview. */
export const quarantineRows = (database: DatabaseSync, transaction: Transaction): QuarantineRows => {
  const parts = database.prepare('SELECT * FROM quarantine_part WHERE packet = ? ORDER BY position');
  const one = database.prepare('SELECT * FROM quarantine WHERE id = ?');
  const events = database.prepare('SELECT * FROM quarantine_event WHERE packet = ? ORDER BY rowid');
  const lastEvent = database.prepare('SELECT * FROM quarantine_event WHERE packet = ? ORDER BY rowid DESC LIMIT 1');
  const openCount = database.prepare("SELECT count(*) AS packets FROM quarantine WHERE state = 'open'");
  const allBytes = database.prepare('SELECT ifnull(sum(length(payload)), 0) AS bytes FROM quarantine');
  const list = database.prepare(
    `SELECT ${ENVELOPE}, length(payload) AS bytes, ${PREVIEW} AS preview FROM quarantine
     WHERE ${CHOSEN} AND (?5 IS NULL OR state = ?5) AND (?6 IS NULL OR id < ?6) ORDER BY id DESC LIMIT ?7`,
  );
  const open = database.prepare(
    `SELECT id FROM quarantine WHERE ${CHOSEN} AND state = 'open' AND id > ?5
     AND (?6 IS NULL OR id IN (SELECT value FROM json_each(?6))) ORDER BY id LIMIT ?7`,
  );
  const sequences = database.prepare(
    "SELECT sequence FROM quarantine WHERE journal = ? AND device = ? AND state = 'open'",
  );
  const purge = database.prepare(
    'DELETE FROM quarantine WHERE id IN (SELECT id FROM quarantine WHERE closed_at < ? ORDER BY closed_at LIMIT ?)',
  );
  const partsOf = (row: SqliteRow): readonly QuarantinedPart[] => all(parts, readPart, number(row, 'id'));
  const summary = (row: SqliteRow): QuarantineSummary => ({
    ...readEnvelope(row),
    parts: partsOf(row),
    last: first(lastEvent, readEvent, number(row, 'id')),
    bytes: number(row, 'bytes'),
    preview: bytes(row, 'preview'),
  });
  return {
    quarantine: ({ device, state, from, to, before, code, limit }) =>
      all(list, summary, device ?? null, from ?? null, to ?? null, code ?? null, state ?? null, before ?? null, limit),
    quarantined: (id) =>
      first(one, (row) => ({ ...readEnvelope(row), parts: partsOf(row), payload: bytes(row, 'payload') }), id),
    quarantineEvents: (id) => all(events, readEvent, id),
    openQuarantine: ({ ids, device, code, from, to }, after, limit) => {
      const named = ids === undefined ? null : JSON.stringify(ids);
      const chosen = [device ?? null, from ?? null, to ?? null, code ?? null];
      return all(open, (row) => number(row, 'id'), ...chosen, after, named, limit);
    },
    openSequences: (journal, device) => new Set(all(sequences, (row) => number(row, 'sequence'), journal, device)),
    openPackets: () => first(openCount, (row) => number(row, 'packets')) ?? 0,
    quarantineBytes: () => first(allBytes, (row) => number(row, 'bytes')) ?? 0,
    discard: discarding(database, transaction),
    purgeQuarantine: (before, limit) => transaction(() => Number(purge.run(before, limit).changes)),
  };
};
