import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { Client } from './client.ts';
import type { Roster } from '#firmware-sim/roster.ts';
import { formatDuration } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import { Secret } from '#model/base/secret.ts';
import { StationList } from '#api/stations/schema.ts';
import { DeviceList, DeviceSecret, DeviceSecrets } from '#registry/schema.ts';

const SecretFile = z.record(z.string(), z.string());
const BATCH = 500;

const readSecrets = (path: string): Record<string, string> =>
  existsSync(path) ? SecretFile.parse(JSON.parse(readFileSync(path, 'utf8'))) : {};

/** Writes the file in one step: with a partial file the simulated fleet could not connect. */
const writeSecrets = (path: string, secrets: Record<string, string>): void => {
  writeFileSync(`${path}.new`, JSON.stringify(secrets), { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
};

const addStations = async (client: Client, { stations }: Roster): Promise<void> => {
  const known = new Set((await client.get('/v1/stations', StationList)).stations.map(({ id }) => id));
  for (const station of stations) {
    if (!known.has(station.id)) await client.post('/v1/stations', station, z.unknown());
  }
};

/**
 * Registers the missing stations and devices of a simulated fleet, and returns the secret of each device. Secrets are kept
 * in a file that only its owner can read. A device without a known secret gets a new one.
 */
export const registerFleet = async (
  client: Client,
  roster: Roster,
  path: string,
): Promise<ReadonlyMap<string, Secret>> => {
  await addStations(client, roster);
  const secrets = readSecrets(path);
  const registered = new Set((await client.get('/v1/devices', DeviceList)).devices.map(({ id }) => id));
  const missing = roster.devices.filter(({ id }) => !registered.has(id));
  for (let i = 0; i < missing.length; i += BATCH) {
    const devices = missing.slice(i, i + BATCH).map(({ id, codec, every, assignments }) => {
      const [first] = assignments;
      if (first === undefined) throw new Fault('DEVICE_UNASSIGNED', `${id} has no station in its roster`);
      return { id, codec, every: formatDuration(every), station: first.station };
    });
    const made = await client.post('/v1/devices/batch', { devices }, DeviceSecrets);
    for (const { device, secret } of made.devices) secrets[device] = secret;
    writeSecrets(path, secrets);
  }
  for (const { id } of roster.devices) {
    if (secrets[id] !== undefined) continue;
    secrets[id] = (await client.post(`/v1/devices/${id}/rotate`, {}, DeviceSecret)).secret;
    writeSecrets(path, secrets);
  }
  return new Map(roster.devices.map(({ id }) => [id, new Secret(secrets[id] ?? '')]));
};
