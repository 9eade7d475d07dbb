import { Command } from '#model/commands/command.ts';
import type { OpenCommand } from '#storage/operations/commands.ts';
import type { Instant } from '#model/base/instant.ts';
import { type SqliteRow, number } from '#storage/operations/sqlite/row.ts';
import { tableOf } from '#storage/operations/sqlite/table.ts';

export const COMMANDS = tableOf('command', Command);
export const NEW_COMMANDS = tableOf(
  'command',
  Command.pick({ id: true, device: true, name: true, arguments: true, by: true, createdAt: true, expiresAt: true }),
);

const connectionOf = (row: SqliteRow): { readonly number: number; readonly since: Instant } | undefined =>
  row['presence'] === 'online' ? { number: number(row, 'connection'), since: number(row, 'since') } : undefined;

export const readOpenCommand = (row: SqliteRow): OpenCommand => ({
  ...COMMANDS.read(row),
  sentTo: number(row, 'sent_to'),
  connection: connectionOf(row),
});
