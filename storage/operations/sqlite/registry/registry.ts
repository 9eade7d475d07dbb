import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { days, formatDuration } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Registry } from '#model/registry/registry.ts';
import type { Device } from '#model/registry/device.ts';
import type { RegistryChange, RegistryRows } from '#storage/operations/registry.ts';
import { writeRegistry } from './copy.ts';
import { ASSIGNMENTS, DEVICES, GATEWAYS, PROFILES, readRegistry, STATIONS } from './read.ts';
import { all, bytes, first, text } from '#storage/operations/sqlite/row.ts';
import type { Transaction } from '#storage/operations/sqlite/transaction.ts';

/** Two secrets are valid at a time, so that one can be rotated without a silent hour. */
const SECRETS_KEPT = 2;

/** Time for which the older of two secrets stays valid, long enough to reach a box in the hills. */
const ROTATION = days(30);

type RunStatement = (values: Readonly<Record<string, SQLInputValue>>) => void;

const deviceWriter = (database: DatabaseSync): ((device: Device) => void) => {
  const put = database.prepare(DEVICES.upsert('id', 'registered_at'));
  const clearAssignments = database.prepare('DELETE FROM assignment WHERE device = $device');
  const addAssignment = database.prepare(ASSIGNMENTS.insert);
  return ({ assignments, ...device }) => {
    put.run(...DEVICES.values(device));
    clearAssignments.run({ device: device.id });
    for (const assignment of assignments)
      addAssignment.run(...ASSIGNMENTS.values({ device: device.id, ...assignment }));
  };
};

/** Secrets of devices, or of gateways: the newest has no end, the one before ends with its time, older ones are gone. */
const secretWriter = (database: DatabaseSync, table: 'secret' | 'gateway_secret', owner: 'device' | 'gateway') => {
  const add = database.prepare(`INSERT INTO ${table} (${owner}, created_at, hash) VALUES ($owner, $at, $hash)`);
  const limit = database.prepare(`UPDATE ${table} SET until = $until WHERE ${owner} = $owner AND until IS NULL`);
  const keep = (count: number) =>
    database.prepare(
      `DELETE FROM ${table} WHERE ${owner} = $owner AND rowid NOT IN
       (SELECT rowid FROM ${table} WHERE ${owner} = $owner ORDER BY rowid DESC LIMIT ${count})`,
    );
  const [trim, finish, drop] = [keep(SECRETS_KEPT), keep(1), keep(0)];
  return {
    add: (owned: string, at: number, hash: Uint8Array) => {
      limit.run({ owner: owned, until: at + ROTATION.ms });
      add.run({ owner: owned, at, hash });
      trim.run({ owner: owned });
    },
    finish: (owned: string) => void finish.run({ owner: owned }),
    drop: (owned: string) => void drop.run({ owner: owned }),
  };
};

// oxlint-disable-next-line max-lines-per-function -- a table of changes
const applying = (database: DatabaseSync): ((change: RegistryChange) => void) => {
  const prepared = (sql: string): RunStatement => {
    const statement = database.prepare(sql);
    return (values) => void statement.run(values);
  };
  const putStation = database.prepare(STATIONS.upsert('id'));
  const putDevice = deviceWriter(database);
  const secrets = secretWriter(database, 'secret', 'device');
  const gatewaySecrets = secretWriter(database, 'gateway_secret', 'gateway');
  const removeStation = prepared('DELETE FROM station WHERE id = $station');
  const removeDevice = prepared('DELETE FROM device WHERE id = $device');
  const revoke = prepared('UPDATE device SET revoked = 1 WHERE id = $device');
  const removeClaim = prepared('DELETE FROM claim WHERE device = $device');
  const putClaim = prepared('INSERT OR REPLACE INTO claim (device, hash, until) VALUES ($device, $hash, $until)');
  const revokeGateway = prepared('UPDATE gateway SET revoked = 1 WHERE id = $gateway');
  const putProfile = database.prepare(PROFILES.insert);
  const putGateway = database.prepare(GATEWAYS.upsert('id', 'registered_at'));

  // oxlint-disable-next-line complexity -- a case for each kind of change
  return (change) => {
    switch (change.kind) {
      case 'put-station':
        putStation.run(...STATIONS.values(change.station));
        return;
      case 'remove-station':
        removeStation({ station: change.station });
        return;
      case 'put-device':
        putDevice(change.device);
        return;
      case 'remove-device':
        removeDevice({ device: change.device });
        return;
      case 'add-secret':
        secrets.add(change.device, change.at, change.hash);
        return;
      case 'finish-rotation':
        secrets.finish(change.device);
        return;
      case 'revoke':
        revoke({ device: change.device });
        secrets.drop(change.device);
        removeClaim({ device: change.device });
        return;
      case 'put-claim':
        putClaim({ device: change.device, hash: change.hash, until: change.until });
        return;
      case 'remove-claim':
        removeClaim({ device: change.device });
        return;
      case 'put-profile':
        putProfile.run(...PROFILES.values(change.profile));
        return;
      case 'put-gateway':
        putGateway.run(...GATEWAYS.values(change.gateway));
        return;
      case 'add-gateway-secret':
        gatewaySecrets.add(change.gateway, change.at, change.hash);
        return;
      case 'finish-gateway-rotation':
        gatewaySecrets.finish(change.gateway);
        return;
      case 'revoke-gateway':
        revokeGateway({ gateway: change.gateway });
        gatewaySecrets.drop(change.gateway);
    }
  };
};

/** Every assignment must lead to a station, every gateway of a device be there, and no name be both; else all is refused. */
const checkWhole = ({ stations, devices, gateways }: Registry): void => {
  const meant = new Map<string, string>();
  for (const device of devices.values()) {
    const lost = device.assignments.find(({ station }) => !stations.has(station));
    if (lost !== undefined) {
      throw new Fault(
        'CONFLICT',
        `device ${device.id} (every ${formatDuration(device.every)}) is assigned to ${lost.station}, which is not a station; add the station first, or move the device`,
      );
    }
    if (gateways.has(device.id)) throw new Fault('CONFLICT', `"${device.id}" is a gateway; choose another name`);
    if (device.gateway !== undefined && !gateways.has(device.gateway)) {
      throw new Fault('CONFLICT', `device ${device.id}: there is no gateway "${device.gateway}"; add it first`);
    }
    if (device.gateway === undefined) continue;
    const external = `${device.gateway} ${device.externalId ?? device.id}`;
    const other = meant.get(external);
    if (other !== undefined) {
      throw new Fault(
        'CONFLICT',
        `devices ${other} and ${device.id} have one external id at gateway ${device.gateway}`,
      );
    }
    meant.set(external, device.id);
  }
};

/** Registry rows in SQLite. The current registry is kept in memory; a change replaces it. */
export const registryRows = (database: DatabaseSync, transaction: Transaction): RegistryRows => {
  const apply = applying(database);
  const bumpRevision = database.prepare("UPDATE setting SET value = value + 1 WHERE name = 'registry_revision'");
  const hashes = database.prepare(
    'SELECT hash FROM credential WHERE holder = $device AND (until IS NULL OR until > $now)',
  );
  const claims = database.prepare('SELECT device FROM claim WHERE hash = $hash AND until > $now');
  const isIntended = database.prepare('SELECT 1 FROM intent WHERE registry IS NULL');
  const keepForIntent = database.prepare('UPDATE intent SET registry = $registry WHERE registry IS NULL');
  let registry = readRegistry(database);

  return {
    registry: () => registry,
    changeRegistry: async (changes) => {
      const changed = await transaction(() => {
        if (isIntended.get() !== undefined) keepForIntent.run({ registry: writeRegistry(registry) });
        changes.forEach(apply);
        bumpRevision.run();
        const next = readRegistry(database);
        checkWhole(next);
        return next;
      });
      registry = changed;
      return changed;
    },
    secretHashes: (device, now) => all(hashes, (row) => bytes(row, 'hash'), { device, now }),
    claimed: (hash, now) => first(claims, (row) => text(row, 'device'), { hash, now }),
  };
};
