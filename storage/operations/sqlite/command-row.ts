import { COMMAND_STATES, type Command, OrderValue } from '#model/commands/command.ts';
import { z } from 'zod';
import type { OpenCommand } from '#storage/operations/commands.ts';
import type { Instant } from '#model/base/instant.ts';
import { type SqliteRow, number, text } from './row.ts';

const Arguments = z.record(z.string(), OrderValue);

const optional = (row: SqliteRow, column: string): number | undefined =>
  row[column] === null ? undefined : number(row, column);

export const readCommandRow = (row: SqliteRow): Command => {
  const state = COMMAND_STATES.find((known) => known === row['state']);
  if (state === undefined) throw new TypeError('command holds an unknown state');
  const { given_by: by, reply } = row;
  return {
    number: number(row, 'number'),
    id: text(row, 'id'),
    device: text(row, 'device'),
    name: text(row, 'name'),
    arguments: Arguments.parse(JSON.parse(text(row, 'arguments'))),
    by: typeof by === 'string' ? by : undefined,
    createdAt: number(row, 'created_at'),
    expiresAt: number(row, 'expires_at'),
    state,
    sentAt: optional(row, 'sent_at'),
    deliveredAt: optional(row, 'delivered_at'),
    closedAt: optional(row, 'closed_at'),
    reply: reply instanceof Uint8Array ? reply : undefined,
  };
};

const connectionOf = (row: SqliteRow): { readonly number: number; readonly since: Instant } | undefined =>
  row['presence'] === 'online' ? { number: number(row, 'connection'), since: number(row, 'since') } : undefined;

export const readOpenCommand = (row: SqliteRow): OpenCommand => ({
  ...readCommandRow(row),
  sentTo: number(row, 'sent_to'),
  connection: connectionOf(row),
});
