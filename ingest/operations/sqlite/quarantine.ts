import type { DatabaseSync } from 'node:sqlite';
import {
  QUARANTINE_STATES,
  type QuarantineEntry,
  type QuarantineRows,
  type QuarantinedPacket,
  type QuarantinedPart,
} from '#ingest/operations/operations.ts';
import { isFaultCode } from '#model/fault.ts';
import { type Row, all, bytes, first, number, text } from './row.ts';

/** Puts a refused packet away; to be called inside the transaction that moves the cursor. A packet comes once. */
export const addingQuarantine = (database: DatabaseSync): ((packet: QuarantinedPacket) => void) => {
  const addPacket = database.prepare(
    `INSERT INTO quarantine (journal, sequence, device, topic, received_at, codec, payload, state)
     VALUES (?, ?, ?, ?, ?, ?, ?, 'open')`,
  );
  const addPart = database.prepare('INSERT INTO quarantine_part VALUES (?, ?, ?, ?, ?, ?)');
  return (packet) => {
    const { journal, sequence, device, topic, receivedAt, codec, payload } = packet;
    const { lastInsertRowid } = addPacket.run(journal, sequence, device, topic, receivedAt, codec, payload);
    packet.parts.forEach(({ place, code, detail, readings }, position) => {
      addPart.run(lastInsertRowid, position, place, code, detail, readings);
    });
  };
};

const readPart = (row: Row): QuarantinedPart => {
  const code = text(row, 'code');
  if (!isFaultCode(code)) throw new TypeError(`quarantine holds the unknown code ${code}`);
  return { place: text(row, 'place'), code, detail: text(row, 'detail'), readings: number(row, 'readings') };
};

const readState = (row: Row): QuarantineEntry['state'] => {
  const state = QUARANTINE_STATES.find((known) => known === row['state']);
  if (state === undefined) throw new TypeError('quarantine holds an unknown state');
  return state;
};

/** Quarantine rows in SQLite. */
export const quarantineRows = (database: DatabaseSync): QuarantineRows => {
  const parts = database.prepare('SELECT * FROM quarantine_part WHERE packet = ? ORDER BY position');
  const one = database.prepare('SELECT * FROM quarantine WHERE id = ?');
  const size = database.prepare("SELECT count(*) AS packets FROM quarantine WHERE state = 'open'");
  const list = database.prepare(
    `SELECT * FROM quarantine WHERE (?1 IS NULL OR device = ?1) AND (?2 IS NULL OR state = ?2)
     AND (?3 IS NULL OR received_at >= ?3) AND (?4 IS NULL OR received_at < ?4) AND (?5 IS NULL OR id < ?5)
     AND (?6 IS NULL OR EXISTS (SELECT 1 FROM quarantine_part WHERE packet = id AND code = ?6))
     ORDER BY id DESC LIMIT ?7`,
  );
  const read = (row: Row): QuarantineEntry => ({
    id: number(row, 'id'),
    journal: text(row, 'journal'),
    sequence: number(row, 'sequence'),
    device: text(row, 'device'),
    topic: text(row, 'topic'),
    receivedAt: number(row, 'received_at'),
    codec: text(row, 'codec'),
    payload: bytes(row, 'payload'),
    parts: all(parts, readPart, number(row, 'id')),
    state: readState(row),
  });
  return {
    quarantine: ({ device, state, from, to, before, code, limit }) =>
      all(list, read, device ?? null, state ?? null, from ?? null, to ?? null, before ?? null, code ?? null, limit),
    quarantined: (id) => first(one, read, id),
    quarantineSize: () => first(size, (row) => number(row, 'packets')) ?? 0,
  };
};
