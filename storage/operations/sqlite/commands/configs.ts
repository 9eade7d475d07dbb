import type { DatabaseSync } from 'node:sqlite';
import type { CommandRows } from '#storage/operations/commands.ts';
import { ConfigChange } from '#model/commands/device-config.ts';
import { addingCommand } from './commands.ts';
import { all, first } from '#storage/operations/sqlite/row.ts';
import { tableOf } from '#storage/operations/sqlite/table.ts';
import type { Transaction } from '#storage/operations/sqlite/transaction.ts';

/** Configs that are kept of one device. */
const KEPT = 100;

const CONFIGS = tableOf('device_config', ConfigChange);

/** Configs of devices in SQLite: the newest of a device counts, those before are its history. */
export const configRows = (
  database: DatabaseSync,
  transaction: Transaction,
): Pick<CommandRows, 'configChanges' | 'configs' | 'addConfig' | 'addToldConfig'> => {
  const list = database.prepare(
    'SELECT * FROM device_config WHERE device = $device ORDER BY revision DESC LIMIT $limit',
  );
  const newest = database.prepare(
    `SELECT * FROM device_config AS newest WHERE revision =
     (SELECT max(revision) FROM device_config WHERE device = newest.device) ORDER BY device`,
  );
  const add = database.prepare(CONFIGS.insert);
  const trim = database.prepare('DELETE FROM device_config WHERE device = $device AND revision <= $until');
  const addCommand = addingCommand(database);
  const put = (change: Omit<ConfigChange, 'revision'>): ConfigChange => {
    const { device } = change;
    const revision = (first(list, CONFIGS.read, { device, limit: 1 })?.revision ?? 0) + 1;
    const made = { ...change, revision };
    add.run(...CONFIGS.values(made));
    trim.run({ device, until: revision - KEPT });
    return made;
  };
  return {
    configChanges: (device, limit) => all(list, CONFIGS.read, { device, limit }),
    configs: () => all(newest, CONFIGS.read),
    addConfig: (change) => transaction(() => put(change)),
    addToldConfig: (change, command, mostOpen) =>
      transaction(() => {
        const added = addCommand(command, mostOpen);
        return added === undefined ? undefined : { change: put(change), command: added };
      }),
  };
};
