import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { Assignment, Device } from '#model/registry/device.ts';
import { Gateway } from '#model/registry/gateway.ts';
import { Profile, type Profiles } from '#model/registry/profile.ts';
import type { Registry } from '#model/registry/registry.ts';
import { Station } from '#model/registry/station.ts';
import { all, first, number } from '#storage/operations/sqlite/row.ts';
import { type Table, tableOf } from '#storage/operations/sqlite/table.ts';

/** Queries of this program ask for these members of a device. */
const ASKED_FOR = ['id', 'gateway', 'externalId', 'certificateOnly', 'topics', 'registeredAt', 'revoked'] as const;

export const STATIONS = tableOf('station', Station);
export const DEVICES = tableOf('device', Device.omit({ assignments: true }), ASKED_FOR);
export const ASSIGNMENTS = tableOf('assignment', z.object({ device: z.string(), ...Assignment.shape }));
export const GATEWAYS = tableOf('gateway', Gateway);
export const PROFILES = tableOf('profile', Profile, ['id', 'version']);

const readAssignments = (database: DatabaseSync): ReadonlyMap<string, readonly Assignment[]> => {
  const rows = all(database.prepare('SELECT * FROM assignment ORDER BY device, "from"'), ASSIGNMENTS.read);
  const byDevice = Map.groupBy(rows, ({ device }) => device);
  return new Map(
    [...byDevice].map(([device, list]) => [device, list.map(({ station, from }) => ({ station, from }))] as const),
  );
};

const readDevices = (database: DatabaseSync): ReadonlyMap<string, Device> => {
  const assignments = readAssignments(database);
  const devices = all(database.prepare('SELECT * FROM device ORDER BY id'), DEVICES.read);
  return new Map(
    devices.map((device) => [device.id, { ...device, assignments: assignments.get(device.id) ?? [] }] as const),
  );
};

const readById = <T extends { readonly id: string }>(
  database: DatabaseSync,
  name: 'station' | 'gateway',
  table: Table<T>,
): ReadonlyMap<string, T> =>
  new Map(
    all(database.prepare(`SELECT * FROM ${name} ORDER BY id`), table.read).map((thing) => [thing.id, thing] as const),
  );

const readProfiles = (database: DatabaseSync): Profiles =>
  Map.groupBy(all(database.prepare('SELECT * FROM profile ORDER BY id, version'), PROFILES.read), ({ id }) => id);

/** The whole registry as the database has it. */
export const readRegistry = (database: DatabaseSync): Registry => ({
  revision:
    first(database.prepare("SELECT value FROM setting WHERE name = 'registry_revision'"), (row) =>
      number(row, 'value'),
    ) ?? 0,
  stations: readById(database, 'station', STATIONS),
  devices: readDevices(database),
  gateways: readById(database, 'gateway', GATEWAYS),
  profiles: readProfiles(database),
});
