import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { days, formatDuration } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Registry } from '#model/registry/registry.ts';
import type { Device } from '#model/registry/device.ts';
import type { Station } from '#model/registry/station.ts';
import type { RegistryChange, RegistryRows } from '#storage/operations/registry.ts';
import { writeRegistry } from './registry-copy.ts';
import { readRegistry } from './registry-read.ts';
import { all, bytes, first, text } from './row.ts';
import type { Transaction } from './transaction.ts';

/** Two secrets are valid at a time, so that one can be rotated without a silent hour. */
const SECRETS_KEPT = 2;

/** How long the older of two secrets stays valid: time to reach a box in the hills. */
const ROTATION = days(30);

type RunStatement = (...values: SQLInputValue[]) => unknown;

const stationWriter = (database: DatabaseSync): ((station: Station) => void) => {
  const put = database.prepare(
    `INSERT INTO station (id, family, name, lat, lon, attributes) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET
     family = excluded.family, name = excluded.name, lat = excluded.lat, lon = excluded.lon,
     attributes = excluded.attributes`,
  );
  return ({ id, family, name, lat, lon, attributes }) =>
    void put.run(id, family, name, lat, lon, JSON.stringify(attributes));
};

const deviceWriter = (database: DatabaseSync): ((device: Device) => void) => {
  const put = database.prepare(
    `INSERT INTO device (id, codec, every_ms, fields, revoked, registered_at, external_id, gateway, certificate_only,
       silent_after_ms, network)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
     codec = excluded.codec, every_ms = excluded.every_ms, fields = excluded.fields, revoked = excluded.revoked,
     external_id = excluded.external_id, gateway = excluded.gateway, certificate_only = excluded.certificate_only,
     silent_after_ms = excluded.silent_after_ms, network = excluded.network`,
  );
  const clearAssignments = database.prepare('DELETE FROM assignment WHERE device = ?');
  const addAssignment = database.prepare('INSERT INTO assignment (device, from_at, station) VALUES (?, ?, ?)');
  return (device) => {
    const { id, codec, every, fields, revoked, registeredAt } = device;
    const { externalId = null, gateway = null, certificateOnly = false, silentAfter, network } = device;
    const standing = [externalId, gateway, certificateOnly ? 1 : 0, silentAfter?.ms ?? null] as const;
    const reached = network === undefined ? null : JSON.stringify(network);
    put.run(id, codec, every.ms, JSON.stringify(fields), revoked ? 1 : 0, registeredAt, ...standing, reached);
    clearAssignments.run(id);
    for (const { station, from } of device.assignments) addAssignment.run(id, from, station);
  };
};

/** Secrets of devices, or of gateways: the newest has no end, the one before ends with its time, older ones are gone. */
const secretWriter = (database: DatabaseSync, table: 'secret' | 'gateway_secret', owner: 'device' | 'gateway') => {
  const add = database.prepare(`INSERT INTO ${table} (${owner}, created_at, hash) VALUES (?, ?, ?)`);
  const limit = database.prepare(`UPDATE ${table} SET until = ?2 WHERE ${owner} = ?1 AND until IS NULL`);
  const keep = (count: number) =>
    database.prepare(
      `DELETE FROM ${table} WHERE ${owner} = ?1 AND rowid NOT IN
       (SELECT rowid FROM ${table} WHERE ${owner} = ?1 ORDER BY rowid DESC LIMIT ${count})`,
    );
  const [trim, finish, drop] = [keep(SECRETS_KEPT), keep(1), keep(0)];
  return {
    add: (id: string, at: number, hash: Uint8Array) => {
      limit.run(id, at + ROTATION.ms);
      add.run(id, at, hash);
      trim.run(id);
    },
    finish: (id: string) => void finish.run(id),
    drop: (id: string) => void drop.run(id),
  };
};

const applying = (database: DatabaseSync): ((change: RegistryChange) => void) => {
  const prepared = (sql: string): RunStatement => {
    const statement = database.prepare(sql);
    return (...values) => statement.run(...values);
  };
  const putStation = stationWriter(database);
  const putDevice = deviceWriter(database);
  const secrets = secretWriter(database, 'secret', 'device');
  const gatewaySecrets = secretWriter(database, 'gateway_secret', 'gateway');
  const removeStation = prepared('DELETE FROM station WHERE id = ?');
  const removeDevice = prepared('DELETE FROM device WHERE id = ?');
  const revoke = prepared('UPDATE device SET revoked = 1 WHERE id = ?');
  const removeClaim = prepared('DELETE FROM claim WHERE device = ?');
  const putClaim = prepared('INSERT OR REPLACE INTO claim (device, hash, until) VALUES (?, ?, ?)');
  const revokeGateway = prepared('UPDATE gateway SET revoked = 1 WHERE id = ?');
  const putGateway = prepared(
    `INSERT INTO gateway (id, kind, registered_at, revoked) VALUES (?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, revoked = excluded.revoked`,
  );

  return (change) => {
    switch (change.kind) {
      case 'put-station':
        putStation(change.station);
        return;
      case 'remove-station':
        removeStation(change.station);
        return;
      case 'put-device':
        putDevice(change.device);
        return;
      case 'remove-device':
        removeDevice(change.device);
        return;
      case 'add-secret':
        secrets.add(change.device, change.at, change.hash);
        return;
      case 'finish-rotation':
        secrets.finish(change.device);
        return;
      case 'revoke':
        revoke(change.device);
        secrets.drop(change.device);
        removeClaim(change.device);
        return;
      case 'put-claim':
        putClaim(change.device, change.hash, change.until);
        return;
      case 'remove-claim':
        removeClaim(change.device);
        return;
      case 'put-gateway': {
        const { id, kind, registeredAt, revoked } = change.gateway;
        putGateway(id, kind, registeredAt, revoked ? 1 : 0);
        return;
      }
      case 'add-gateway-secret':
        gatewaySecrets.add(change.gateway, change.at, change.hash);
        return;
      case 'finish-gateway-rotation':
        gatewaySecrets.finish(change.gateway);
        return;
      case 'revoke-gateway':
        revokeGateway(change.gateway);
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
  const hashes = database.prepare('SELECT hash FROM credential WHERE holder = ? AND (until IS NULL OR until > ?)');
  const claims = database.prepare('SELECT device FROM claim WHERE hash = ? AND until > ?');
  const keepForIntent = database.prepare('UPDATE intent SET registry = ? WHERE registry IS NULL');
  let registry = readRegistry(database);

  return {
    registry: () => registry,
    changeRegistry: async (changes) => {
      const changed = await transaction(() => {
        keepForIntent.run(writeRegistry(registry));
        changes.forEach(apply);
        bumpRevision.run();
        const next = readRegistry(database);
        checkWhole(next);
        return next;
      });
      registry = changed;
      return changed;
    },
    secretHashes: (device, now) => all(hashes, (row) => bytes(row, 'hash'), device, now),
    claimed: (hash, now) => first(claims, (row) => text(row, 'device'), hash, now),
  };
};
