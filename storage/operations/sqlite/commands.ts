import type { DatabaseSync } from 'node:sqlite';
import type { CommandRows, NewCommand } from '#storage/operations/commands.ts';
import type { Command } from '#model/commands/command.ts';
import { readCommandRow, readOpenCommand } from './command-row.ts';
import { all, first, number } from './row.ts';
import type { Transaction } from './transaction.ts';

type Rows = Omit<CommandRows, 'configChanges' | 'configs' | 'addConfig' | 'addToldConfig'>;
type Reads = Pick<Rows, 'command' | 'commands' | 'openCommands'>;

const readRows = (database: DatabaseSync): Reads => {
  const one = database.prepare('SELECT * FROM command WHERE device = ? AND id = ?');
  const list = database.prepare(
    `SELECT * FROM command WHERE device = ?1 AND (?2 IS NULL OR state = ?2) AND (?3 IS NULL OR number < ?3)
     ORDER BY number DESC LIMIT ?4`,
  );
  const open = database.prepare(
    `SELECT command.*, presence.state AS presence, presence.connection, presence.since
     FROM command LEFT JOIN device ON device.id = command.device
     LEFT JOIN presence ON presence.device = coalesce(device.gateway, command.device)
     WHERE command.closed_at IS NULL ORDER BY command.number`,
  );
  return {
    command: (device, id) => first(one, readCommandRow, device, id),
    commands: ({ device, state, before, limit }) =>
      all(list, readCommandRow, device, state ?? null, before ?? null, limit),
    openCommands: () => all(open, readOpenCommand),
  };
};

/** Adds a command unless so many of its device are open; to be called inside a transaction. */
export const addingCommand = (
  database: DatabaseSync,
): ((command: NewCommand, mostOpen: number) => Command | undefined) => {
  const count = database.prepare('SELECT count(*) AS open FROM command WHERE device = ? AND closed_at IS NULL');
  const add = database.prepare(
    `INSERT INTO command (id, device, name, arguments, given_by, created_at, expires_at, state, sent_to)
     VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', -1) RETURNING *`,
  );
  return (command, mostOpen) => {
    const { id, device, name, by, createdAt, expiresAt } = command;
    if ((first(count, (row) => number(row, 'open'), device) ?? 0) >= mostOpen) return undefined;
    const given = JSON.stringify(command.arguments);
    return first(add, readCommandRow, id, device, name, given, by ?? null, createdAt, expiresAt);
  };
};

/** Commands to devices in SQLite; their answers are written with the cursor of watch. */
export const commandRows = (database: DatabaseSync, transaction: Transaction): Rows => {
  const add = addingCommand(database);
  const sent = database.prepare(
    `UPDATE command SET state = CASE state WHEN 'waiting' THEN 'sent' ELSE state END, sent_at = ?2, sent_to = ?3
     WHERE id = ?1 AND closed_at IS NULL`,
  );
  const expire = database.prepare(
    `UPDATE command SET state = 'expired', closed_at = ? WHERE closed_at IS NULL AND id = ? RETURNING *`,
  );
  const purge = database.prepare(
    `DELETE FROM command WHERE number IN
     (SELECT number FROM command WHERE closed_at < ? ORDER BY closed_at LIMIT ?)`,
  );
  return {
    ...readRows(database),
    addCommand: (command, mostOpen) => transaction(() => add(command, mostOpen)),
    commandSent: (id, at, sentTo) => transaction(() => void sent.run(id, at, sentTo)),
    expireCommands: (ids, now) => transaction(() => ids.flatMap((id) => first(expire, readCommandRow, now, id) ?? [])),
    purgeCommands: (before, limit) => transaction(() => Number(purge.run(before, limit).changes)),
  };
};
