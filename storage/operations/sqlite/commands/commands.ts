import type { DatabaseSync } from 'node:sqlite';
import type { CommandRows, NewCommand } from '#storage/operations/commands.ts';
import type { Command } from '#model/commands/command.ts';
import { COMMANDS, NEW_COMMANDS, readOpenCommand } from './row.ts';
import { all, first, number } from '#storage/operations/sqlite/row.ts';
import type { Transaction } from '#storage/operations/sqlite/transaction.ts';

type Rows = Omit<CommandRows, 'configChanges' | 'configs' | 'addConfig' | 'addToldConfig'>;
type Reads = Pick<Rows, 'command' | 'commands' | 'openCommands'>;

const readRows = (database: DatabaseSync): Reads => {
  const one = database.prepare('SELECT * FROM command WHERE device = $device AND id = $id');
  const list = database.prepare(
    `SELECT * FROM command WHERE device = $device AND ($state IS NULL OR state = $state)
     AND ($before IS NULL OR number < $before) ORDER BY number DESC LIMIT $limit`,
  );
  const open = database.prepare(
    `SELECT command.*, presence.state AS presence, presence.connection, presence.since
     FROM command LEFT JOIN device ON device.id = command.device
     LEFT JOIN presence ON presence.device = coalesce(device.gateway, command.device)
     WHERE command.closed_at IS NULL ORDER BY command.number`,
  );
  return {
    command: (device, id) => first(one, COMMANDS.read, { device, id }),
    commands: ({ device, state = null, before = null, limit }) =>
      all(list, COMMANDS.read, { device, state, before, limit }),
    openCommands: () => all(open, readOpenCommand),
  };
};

/** Adds a command unless so many of its device are open; to be called inside a transaction. */
export const addingCommand = (
  database: DatabaseSync,
): ((command: NewCommand, mostOpen: number) => Command | undefined) => {
  const count = database.prepare('SELECT count(*) AS open FROM command WHERE device = $device AND closed_at IS NULL');
  const add = database.prepare(`${NEW_COMMANDS.insert} RETURNING *`);
  return (command, mostOpen) => {
    const open = first(count, (row) => number(row, 'open'), { device: command.device }) ?? 0;
    const row = open >= mostOpen ? undefined : add.get(...NEW_COMMANDS.values(command));
    return row === undefined ? undefined : COMMANDS.read(row);
  };
};

/** Commands to devices in SQLite; their answers are written with the cursor of the alerting reader. */
export const commandRows = (database: DatabaseSync, transaction: Transaction): Rows => {
  const add = addingCommand(database);
  const sent = database.prepare(
    `UPDATE command SET state = CASE state WHEN 'waiting' THEN 'sent' ELSE state END, sent_at = $at, sent_to = $sentTo
     WHERE id = $id AND closed_at IS NULL`,
  );
  const expire = database.prepare(
    `UPDATE command SET state = 'expired', closed_at = $now WHERE closed_at IS NULL AND id = $id RETURNING *`,
  );
  const purge = database.prepare(
    `DELETE FROM command WHERE number IN
     (SELECT number FROM command WHERE closed_at < $before ORDER BY closed_at LIMIT $limit)`,
  );
  return {
    ...readRows(database),
    addCommand: (command, mostOpen) => transaction(() => add(command, mostOpen)),
    commandSent: (id, at, sentTo) => transaction(() => void sent.run({ id, at, sentTo })),
    expireCommands: (ids, now) =>
      transaction(() => ids.flatMap((id) => first(expire, COMMANDS.read, { now, id }) ?? [])),
    purgeCommands: (before, limit) => transaction(() => Number(purge.run({ before, limit }).changes)),
  };
};
