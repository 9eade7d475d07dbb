import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { formatDuration, milliseconds } from '#model/duration.ts';
import { Fault } from '#model/fault.ts';
import type { Registry } from '#model/registry.ts';
import type { Assignment, Device, Station } from '#model/station.ts';
import type { RegistryChange, RegistryRows } from '#ingest/operations/operations.ts';
import { all, bytes, first, number, text } from './row.ts';
import type { Transaction } from './transaction.ts';

/** Two secrets are valid at a time, so that one can be rotated without a silent hour. */
const SECRETS_KEPT = 2;

const Attributes = z.record(z.string(), z.union([z.number(), z.string()]));
const Fields = z.record(
  z.string(),
  z.object({
    property: z.string(),
    unit: z.string().exactOptional(),
    scale: z.number().exactOptional(),
    offset: z.number().exactOptional(),
  }),
);

const readStations = (database: DatabaseSync): ReadonlyMap<string, Station> =>
  new Map(
    all(database.prepare('SELECT * FROM station ORDER BY id'), (row): [string, Station] => [
      text(row, 'id'),
      {
        id: text(row, 'id'),
        family: text(row, 'family'),
        name: text(row, 'name'),
        lat: number(row, 'lat'),
        lon: number(row, 'lon'),
        attributes: Attributes.parse(JSON.parse(text(row, 'attributes'))),
      },
    ]),
  );

const readAssignments = (database: DatabaseSync): ReadonlyMap<string, readonly Assignment[]> => {
  const rows = all(database.prepare('SELECT * FROM assignment ORDER BY device, from_at'), (row) => ({
    device: text(row, 'device'),
    assignment: { station: text(row, 'station'), from: number(row, 'from_at') },
  }));
  const grouped = new Map<string, Assignment[]>();
  for (const { device, assignment } of rows) {
    const known = grouped.get(device);
    if (known === undefined) grouped.set(device, [assignment]);
    else known.push(assignment);
  }
  return grouped;
};

const readDevices = (database: DatabaseSync): ReadonlyMap<string, Device> => {
  const assignments = readAssignments(database);
  return new Map(
    all(database.prepare('SELECT * FROM device ORDER BY id'), (row): [string, Device] => [
      text(row, 'id'),
      {
        id: text(row, 'id'),
        codec: text(row, 'codec'),
        every: milliseconds(number(row, 'every_ms')),
        fields: Fields.parse(JSON.parse(text(row, 'fields'))),
        assignments: assignments.get(text(row, 'id')) ?? [],
        registeredAt: number(row, 'registered_at'),
        revoked: number(row, 'revoked') === 1,
      },
    ]),
  );
};

const readRegistry = (database: DatabaseSync): Registry => ({
  revision:
    first(database.prepare("SELECT value FROM setting WHERE name = 'registry_revision'"), (row) =>
      number(row, 'value'),
    ) ?? 0,
  stations: readStations(database),
  devices: readDevices(database),
});

const applying = (database: DatabaseSync): ((change: RegistryChange) => void) => {
  const putStation = database.prepare(
    `INSERT INTO station VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
     family = excluded.family, name = excluded.name, lat = excluded.lat, lon = excluded.lon,
     attributes = excluded.attributes`,
  );
  const removeStation = database.prepare('DELETE FROM station WHERE id = ?');
  const putDevice = database.prepare(
    `INSERT INTO device VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
     codec = excluded.codec, every_ms = excluded.every_ms, fields = excluded.fields, revoked = excluded.revoked`,
  );
  const clearAssignments = database.prepare('DELETE FROM assignment WHERE device = ?');
  const addAssignment = database.prepare('INSERT INTO assignment (device, from_at, station) VALUES (?, ?, ?)');
  const removeDevice = database.prepare('DELETE FROM device WHERE id = ?');
  const addSecret = database.prepare('INSERT INTO secret (device, created_at, hash) VALUES (?, ?, ?)');
  const trimSecrets = database.prepare(
    `DELETE FROM secret WHERE device = ?1 AND rowid NOT IN
     (SELECT rowid FROM secret WHERE device = ?1 ORDER BY rowid DESC LIMIT ${SECRETS_KEPT})`,
  );
  const revoke = database.prepare('UPDATE device SET revoked = 1 WHERE id = ?');
  const dropSecrets = database.prepare('DELETE FROM secret WHERE device = ?');

  const applyDevice = (device: Device): void => {
    const { id, codec, every, fields, revoked, registeredAt } = device;
    putDevice.run(id, codec, every.ms, JSON.stringify(fields), revoked ? 1 : 0, registeredAt);
    clearAssignments.run(id);
    for (const { station, from } of device.assignments) addAssignment.run(id, from, station);
  };

  return (change) => {
    switch (change.kind) {
      case 'put-station': {
        const { id, family, name, lat, lon, attributes } = change.station;
        putStation.run(id, family, name, lat, lon, JSON.stringify(attributes));
        return;
      }
      case 'remove-station':
        removeStation.run(change.station);
        return;
      case 'put-device':
        applyDevice(change.device);
        return;
      case 'remove-device':
        removeDevice.run(change.device);
        return;
      case 'add-secret':
        addSecret.run(change.device, change.at, change.hash);
        trimSecrets.run(change.device);
        return;
      case 'revoke':
        revoke.run(change.device);
        dropSecrets.run(change.device);
    }
  };
};

/** Every assignment must lead to a station that exists; else the whole change is refused. */
const checkAssignments = ({ stations, devices }: Registry): void => {
  for (const device of devices.values()) {
    const lost = device.assignments.find(({ station }) => !stations.has(station));
    if (lost !== undefined) {
      throw new Fault(
        'CONFLICT',
        `device ${device.id} (every ${formatDuration(device.every)}) is assigned to ${lost.station}, which is not a station; add the station first, or move the device`,
      );
    }
  }
};

/** Registry rows in SQLite. The current registry is kept in memory; a change replaces it. */
export const registryRows = (database: DatabaseSync, transaction: Transaction): RegistryRows => {
  const apply = applying(database);
  const bumpRevision = database.prepare("UPDATE setting SET value = value + 1 WHERE name = 'registry_revision'");
  const hashes = database.prepare('SELECT hash FROM credential WHERE device = ?');
  let registry = readRegistry(database);

  return {
    registry: () => registry,
    changeRegistry: async (changes) => {
      const changed = await transaction(() => {
        changes.forEach(apply);
        bumpRevision.run();
        const next = readRegistry(database);
        checkAssignments(next);
        return next;
      });
      registry = changed;
      return changed;
    },
    secretHashes: (device) => all(hashes, (row) => bytes(row, 'hash'), device),
  };
};
