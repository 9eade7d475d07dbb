import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { milliseconds } from '#model/base/duration.ts';
import { GATEWAY_KINDS, type Gateway } from '#model/registry/gateway.ts';
import { Network } from '#model/registry/network.ts';
import type { Registry } from '#model/registry/registry.ts';
import type { Assignment, Device } from '#model/registry/device.ts';
import type { Station } from '#model/registry/station.ts';
import { all, first, number, text } from './row.ts';

/** What a station is described by beside its position. */
export const Attributes = z.record(z.string(), z.union([z.number(), z.string()]));
/** How fields of a device are read. */
export const Fields = z.record(
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
        ...(row['silent_after_ms'] === null ? {} : { silentAfter: milliseconds(number(row, 'silent_after_ms')) }),
        fields: Fields.parse(JSON.parse(text(row, 'fields'))),
        assignments: assignments.get(text(row, 'id')) ?? [],
        registeredAt: number(row, 'registered_at'),
        revoked: number(row, 'revoked') === 1,
        ...(row['external_id'] === null ? {} : { externalId: text(row, 'external_id') }),
        ...(row['network'] === null ? {} : { network: Network.parse(JSON.parse(text(row, 'network'))) }),
        ...(row['gateway'] === null ? {} : { gateway: text(row, 'gateway') }),
        ...(number(row, 'certificate_only') === 1 ? { certificateOnly: true } : {}),
      },
    ]),
  );
};

const readGateways = (database: DatabaseSync): ReadonlyMap<string, Gateway> =>
  new Map(
    all(database.prepare('SELECT * FROM gateway ORDER BY id'), (row): [string, Gateway] => [
      text(row, 'id'),
      {
        id: text(row, 'id'),
        kind: z.enum(GATEWAY_KINDS).parse(text(row, 'kind')),
        registeredAt: number(row, 'registered_at'),
        revoked: number(row, 'revoked') === 1,
      },
    ]),
  );

/** The whole registry as the database has it. */
export const readRegistry = (database: DatabaseSync): Registry => ({
  revision:
    first(database.prepare("SELECT value FROM setting WHERE name = 'registry_revision'"), (row) =>
      number(row, 'value'),
    ) ?? 0,
  stations: readStations(database),
  devices: readDevices(database),
  gateways: readGateways(database),
});
