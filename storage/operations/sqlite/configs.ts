import type { DatabaseSync } from 'node:sqlite';
import type { CommandRows } from '#storage/operations/commands.ts';
import { type ConfigChange, DeviceConfig } from '#model/commands/device-config.ts';
import { addingCommand } from './commands.ts';
import { type SqliteRow, all, first, number, text } from './row.ts';
import type { Transaction } from './transaction.ts';

/** How many configs of a device are remembered. */
const KEPT = 100;

const readChange = (row: SqliteRow): ConfigChange => {
  const { given_by: by } = row;
  return {
    device: text(row, 'device'),
    revision: number(row, 'revision'),
    at: number(row, 'at'),
    by: typeof by === 'string' ? by : undefined,
    config: DeviceConfig.parse(JSON.parse(text(row, 'config'))),
  };
};

/** Configs of devices in SQLite: the newest of a device counts, those before are its history. */
export const configRows = (
  database: DatabaseSync,
  transaction: Transaction,
): Pick<CommandRows, 'configChanges' | 'configs' | 'addConfig' | 'addToldConfig'> => {
  const list = database.prepare('SELECT * FROM device_config WHERE device = ? ORDER BY revision DESC LIMIT ?');
  const newest = database.prepare(
    `SELECT * FROM device_config AS newest WHERE revision =
     (SELECT max(revision) FROM device_config WHERE device = newest.device) ORDER BY device`,
  );
  const add = database.prepare('INSERT INTO device_config VALUES (?, ?, ?, ?, ?)');
  const trim = database.prepare('DELETE FROM device_config WHERE device = ? AND revision <= ?');
  const addCommand = addingCommand(database);
  const put = ({ device, at, by, config }: Omit<ConfigChange, 'revision'>): ConfigChange => {
    const revision = (first(list, readChange, device, 1)?.revision ?? 0) + 1;
    add.run(device, revision, at, by ?? null, JSON.stringify(config));
    trim.run(device, revision - KEPT);
    return { device, revision, at, by, config };
  };
  return {
    configChanges: (device, limit) => all(list, readChange, device, limit),
    configs: () => all(newest, readChange),
    addConfig: (change) => transaction(() => put(change)),
    addToldConfig: (change, command, mostOpen) =>
      transaction(() => {
        const added = addCommand(command, mostOpen);
        return added === undefined ? undefined : { change: put(change), command: added };
      }),
  };
};
