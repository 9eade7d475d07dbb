import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import type { AssignedTime, ConnectionChange, IdentityChanges, StoringCommit } from '#storage/operations/storing.ts';
import type { Operations } from '#storage/operations/operations.ts';
import type { QuarantinedPacket } from '#model/readings/quarantined-packet.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import type { LatestValue } from '#storage/operations/alerting.ts';
import { seconds } from '#model/base/duration.ts';
import { FLAG, type Flag } from '#model/readings/flag.ts';
import type { Device } from '#model/registry/device.ts';
import type { Station } from '#model/registry/station.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';
import { NO_IDENTITIES } from '#test/support/builders/identities.ts';

const anAssignedTime: AssignedTime = {
  device: 'd',
  identity: 'mqtt s 1 /',
  content: 'h',
  receivedAt: 5,
  times: [{ observedAt: 5, properties: ['pm10', 'pm2_5'] }],
};
const station: Station = {
  id: 'PBG-R03',
  family: 'river',
  name: 'Klawing – Bancar',
  lat: -7.39,
  lon: 109.375,
  attributes: { waspada: 2.5, note: "O'Hara" },
};
const device: Device = {
  id: 'pbg-r03',
  codec: 'json',
  every: seconds(60),
  registeredAt: 5,
  revoked: false,
  fields: { PM25: { property: 'pm2_5' }, constructor: { property: 'stage', unit: 'cm', scale: 2 } },
  assignments: [{ station: 'PBG-R03', from: 0 }],
};

const nothing: Omit<StoringCommit, 'cursor'> = {
  messages: [],
  readings: [],
  rows: [],
  quarantined: [],
  newestTimes: [],
  identities: NO_IDENTITIES,
};

const refused = (sequence: number, of: Partial<QuarantinedPacket> = {}): QuarantinedPacket => ({
  journal: 'j',
  sequence,
  device: 'pbg-r03',
  topic: 'v1/pbg-r03/readings',
  receivedAt: sequence * 1_000,
  codec: 'json',
  codecVersion: 1,
  dup: false,
  packetId: 1,
  session: 's',
  payload: Buffer.from([0, 255, sequence]),
  parts: [{ place: '/values/PM25', code: 'PROPERTY_UNKNOWN', detail: 'unknown', readings: 1, further: 0 }],
  ...of,
});

const commit = (operations: Operations, sequence: number, of: Partial<StoringCommit> = {}): Promise<void> =>
  operations.commitStored({ cursor: { journal: 'j', sequence }, ...nothing, ...of });

const ask = { device: undefined, code: undefined, state: undefined, from: undefined, to: undefined, before: undefined };

/** Opens the same file as often as asked for, so that each test can look at what a restart would see. */
const file = () => {
  const folder = tempFolder();
  const open = (): Operations => openSqliteOperations(`${folder}/operations.db`);
  return { path: `${folder}/operations.db`, open };
};

describe('operations in SQLite', () => {
  test('gives back a registry as it was put, also after a restart', async () => {
    const { open } = file();
    const before = open();
    await before.changeRegistry([
      { kind: 'put-station', station },
      { kind: 'put-device', device },
    ]);
    await before.stop();
    const after = open();
    expect(after.registry().stations.get('PBG-R03')).toEqual(station);
    expect(after.registry().devices.get('pbg-r03')).toEqual(device);
    expect(after.registry().revision).toBe(1);
  });

  test('makes all changes of one call or none', async () => {
    const operations = file().open();
    const lost: Device = { ...device, id: 'lost', assignments: [{ station: 'NOWHERE', from: 0 }] };
    const changes = [
      { kind: 'put-station', station },
      { kind: 'put-device', device: lost },
    ] as const;
    await expect(operations.changeRegistry(changes)).rejects.toThrow(/lost .* NOWHERE, which is not a station/);
    expect(operations.registry().stations.size).toBe(0);
    expect(operations.registry().revision).toBe(0);
  });

  test('keeps the newest two secrets of a device and none of a revoked one', async () => {
    const operations = file().open();
    await operations.changeRegistry([
      { kind: 'put-station', station },
      { kind: 'put-device', device },
    ]);
    for (const byte of [1, 2, 3]) {
      await operations.changeRegistry([{ kind: 'add-secret', device: 'pbg-r03', hash: Buffer.from([byte]), at: byte }]);
    }
    expect(operations.secretHashes('pbg-r03', 0).map((hash) => hash[0])).toEqual([2, 3]);
    await operations.changeRegistry([{ kind: 'revoke', device: 'pbg-r03' }]);
    expect(operations.secretHashes('pbg-r03', 0)).toEqual([]);
  });

  test('keeps the registry that an open intent was made with, when it is changed', async () => {
    const { open } = file();
    const before = open();
    const network = { application: 'sungai@ttn', port: 85, confirmed: false, bytes: { reboot: 'ff10ff' }, raw: true };
    const silent: Device = { ...device, silentAfter: seconds(7), externalId: 'x-1', network };
    await before.changeRegistry([
      { kind: 'put-station', station },
      { kind: 'put-device', device: silent },
    ]);
    const made = before.registry();
    await before.intend({ journal: 'j', from: 1, to: 2, classified: [] });
    expect(before.intent()?.registry).toBeUndefined();
    for (const codec of ['chirpstack', 'ttn']) {
      await before.changeRegistry([{ kind: 'put-device', device: { ...device, codec, fields: {} } }]);
    }
    await before.stop();
    const after = open();
    expect(after.registry().devices.get('pbg-r03')?.codec).toBe('ttn');
    expect(after.intent()?.registry).toEqual(made);
    await after.commitStored({ ...nothing, cursor: { journal: 'j', sequence: 2 } });
    await after.intend({ journal: 'j', from: 3, to: 3, classified: [] });
    expect(after.intent()?.registry).toBeUndefined();
  });

  test('forgets an intent with the commit that fulfils it, and not before', async () => {
    const { open } = file();
    const before = open();
    const intent = {
      journal: 'j',
      from: 3,
      to: 9,
      classified: [{ sequence: 4, place: '/a', classification: 'revised' as const }],
    };
    await before.intend(intent);
    await before.stop();
    const after = open();
    expect(after.intent()).toEqual({ ...intent, registry: undefined });
    await commit(after, 9);
    expect(after.intent()).toBeUndefined();
    expect(after.cursor('storing')).toEqual({ journal: 'j', sequence: 9 });
    expect(after.cursor('alerting')).toBeUndefined();
  });

  test('adds up what the ledger counts', async () => {
    const operations = file().open();
    const of = { journal: 'j', device: 'pbg-r03', hour: 7 };
    const messages = [{ ...of, processed: 2, quarantined: 1, discarded: 0 }];
    const readings = [{ ...of, decoded: 9, stored: 7, duplicates: 1, refused: 1, revised: 2, missing: 3 }];
    const rows = [{ store: 'duckdb', device: 'pbg-r03', property: 'stage', hour: 6, stored: 7, revised: 2 }];
    await commit(operations, 1, { messages, readings, rows });
    await commit(operations, 2, { messages, readings, rows });
    const hours = { device: undefined, fromHour: 7, toHour: 7 };
    expect(operations.messageCounts(hours)).toEqual([{ ...of, processed: 4, quarantined: 2, discarded: 0 }]);
    expect(operations.readingCounts(hours)[0]).toMatchObject({ decoded: 18, stored: 14, revised: 4, missing: 6 });
    expect([...operations.rowCounts('duckdb', 0, 99)]).toEqual([{ ...rows[0], stored: 14, revised: 4 }]);
    expect(operations.rowSpan('duckdb')).toEqual({ fromHour: 6, toHour: 6 });
    expect(operations.rowSpan('influx')).toBeUndefined();
    expect(operations.messageCounts({ ...hours, device: 'other' })).toEqual([]);
  });

  test('remembers how far the readings of a store were removed, and never less', async () => {
    const { open } = file();
    const operations = open();
    expect(operations.forgottenBefore('duckdb')).toBeUndefined();
    for (const before of [3_600_000, 7_200_000, 3_600_000]) await operations.noteForgotten('duckdb', before);
    expect(open().forgottenBefore('duckdb')).toBe(7_200_000);
    expect(operations.forgottenBefore('influx')).toBeUndefined();
  });

  test('keeps refused packets with their bytes, and finds them by every filter', async () => {
    const operations = file().open();
    const other = refused(2, {
      device: 'other',
      parts: [{ place: '', code: 'PAYLOAD_NOT_JSON', detail: 'x', readings: 0, further: 0 }],
    });
    await commit(operations, 3, { quarantined: [refused(1), other, refused(3)] });
    const found = (of: object): readonly number[] =>
      operations.quarantine({ ...ask, limit: 10, ...of }).map(({ sequence }) => sequence);
    expect(found({})).toEqual([3, 2, 1]);
    expect(found({ device: 'other' })).toEqual([2]);
    expect(found({ code: 'PROPERTY_UNKNOWN' })).toEqual([3, 1]);
    expect(found({ from: 2_000, to: 3_000 })).toEqual([2]);
    expect(found({ before: 3, limit: 1 })).toEqual([2]);
    expect(found({ state: 'discarded' })).toEqual([]);
    expect(operations.openPackets()).toBe(3);
    expect(operations.quarantined(1)).toMatchObject({
      ...refused(1),
      payload: new Uint8Array([0, 255, 1]),
      state: 'open',
    });
  });

  test('remembers the newest time of each device', async () => {
    const operations = file().open();
    await commit(operations, 1, { newestTimes: [{ device: 'd', newest: 9 }] });
    expect(operations.watermark('d')).toEqual({ device: 'd', newest: 9, forgotten: 0 });
    expect(operations.watermark('other')).toBeUndefined();
  });

  test('remembers assigned times until they are too old, and their first time', async () => {
    const operations = file().open();
    const early = { ...anAssignedTime, identity: '5 "1"' };
    const late = {
      ...anAssignedTime,
      identity: '50 "2"',
      times: [{ observedAt: 51, properties: ['pm1'] }],
      receivedAt: 6,
    };
    const change = async (sequence: number, identities: Partial<IdentityChanges>): Promise<void> =>
      commit(operations, sequence, {
        newestTimes: [{ device: 'd', newest: 51 }],
        identities: { ...NO_IDENTITIES, ...identities },
      });
    await change(1, { assigned: [early, late].map((one) => ({ ...one, isReplacing: false })) });
    expect([operations.hasAssigned('d'), operations.hasAssigned('other')]).toEqual([true, false]);
    expect(operations.assignedTo('d', '5 "1"')).toEqual(early);
    expect(operations.assignedFrom('d', '5 ')).toEqual([early]);
    expect(operations.assignedFrom('other', '5 ')).toEqual([]);
    await change(2, { rememberSince: 5 });
    expect(operations.assignedTo('d', '5 "1"')).toEqual(early);
    await change(3, { rememberSince: 6 });
    expect(operations.assignedTo('d', '5 "1"')).toBeUndefined();
    expect(operations.assignedTo('d', '50 "2"')).toEqual(late);
    expect(operations.watermark('d')).toEqual({ device: 'd', newest: 51, forgotten: 5 });
    await change(4, { rememberSince: 7 });
    expect(operations.watermark('d')?.forgotten).toBe(51);
    expect(operations.hasAssigned('d')).toBe(false);
  });

  test('adds times to an identity, and replaces those of one that is used again', async () => {
    const operations = file().open();
    const put = async (sequence: number, one: AssignedTime, isReplacing: boolean): Promise<void> =>
      commit(operations, sequence, { identities: { ...NO_IDENTITIES, assigned: [{ ...one, isReplacing }] } });
    const more = { ...anAssignedTime, times: [{ observedAt: 9, properties: ['pm1'] }], receivedAt: 8 };
    await put(1, anAssignedTime, true);
    await put(2, more, false);
    expect(operations.assignedTo('d', anAssignedTime.identity)).toEqual({
      ...anAssignedTime,
      times: [...anAssignedTime.times, ...more.times],
      receivedAt: 8,
    });
    const other = { ...more, content: 'i' };
    await put(3, other, true);
    expect(operations.assignedTo('d', anAssignedTime.identity)).toEqual(other);
  });

  test('remembers where readings were moved as long as their entries', async () => {
    const operations = file().open();
    const moved = [1, 2].map((sequence) => ({ journal: 'j', sequence, place: '/pm10', observedAt: 7 + sequence }));
    await commit(operations, 1, { identities: { ...NO_IDENTITIES, moved } });
    expect(operations.moved('j', 1)).toEqual(new Map([['/pm10', 8]]));
    expect(operations.moved('other', 1)).toEqual(new Map());
    await operations.forgetMoved('j', 2);
    expect([operations.moved('j', 1).size, operations.moved('j', 2).size]).toEqual([0, 1]);
  });

  test('knows the connections of persistent sessions: the last two of each client, and none of an earlier broker', async () => {
    const operations = file().open();
    const take = async (
      sequence: number,
      connections: readonly ConnectionChange[],
      rememberSince?: number,
    ): Promise<void> => commit(operations, sequence, { identities: { ...NO_IDENTITIES, connections, rememberSince } });
    const connected = (connection: number, clientId: string): ConnectionChange => ({
      kind: 'connected',
      sequence: connection,
      connection,
      clientId,
    });
    const clients = (): readonly (string | undefined)[] => [1, 2, 3, 4].map((each) => operations.keptClient(each));
    expect(operations.brokerRun()).toBe(0);
    await take(1, [{ kind: 'broker-started', sequence: 1 }, connected(1, 'a'), connected(2, 'b'), connected(3, 'a')]);
    expect(clients()).toEqual(['a', 'b', 'a', undefined]);
    await take(2, [connected(4, 'a')]);
    expect(clients()).toEqual([undefined, 'b', 'a', 'a']);
    await take(3, [{ kind: 'disconnected', sequence: 3, connection: 2, at: 10 }], 10);
    expect(clients()).toEqual([undefined, 'b', 'a', 'a']);
    await take(4, [], 11);
    expect(clients()).toEqual([undefined, undefined, 'a', 'a']);
    await take(9, [{ kind: 'broker-started', sequence: 9 }]);
    expect(clients()).toEqual([undefined, undefined, undefined, undefined]);
    expect(operations.brokerRun()).toBe(9);
  });

  test('moves the cursor of watch with what it saw', async () => {
    const { open } = file();
    const before = open();
    const value = {
      station: 'S',
      device: 'd',
      family: 'air',
      property: 'pm2_5',
      value: 0.1 + 0.2,
      flag: FLAG.SUSPECT,
      observedAt: 1,
      receivedAt: 2,
      timedBy: 'arrival' as const,
    };
    const valid = { value: 12.5, flag: FLAG.GOOD, observedAt: 0, receivedAt: 1 };
    const failed = { ...value, property: 'pm10', value: 5_000, flag: FLAG.FAIL, valid };
    const presence = { device: 'd', state: 'online' as const, since: 1, connection: 4 };
    await before.commitAlerted({
      cursor: { journal: 'j', sequence: 4 },
      latest: [value, failed],
      presence: [presence],
      seen: [{ device: 'd', receivedAt: 2 }],
    });
    await before.stop();
    const after = open();
    expect(after.cursor('alerting')).toEqual({ journal: 'j', sequence: 4 });
    expect(after.latest()).toEqual([failed, value]);
    expect(after.presence().get('d')).toEqual(presence);
    expect(after.lastSeen().get('d')).toBe(2);
    expect([after.latest(['S']), after.latest(['T'])]).toEqual([[failed, value], []]);
    expect([...after.presence(['c', 'd']).keys(), ...after.presence(['c']).keys()]).toEqual(['d']);
    expect([...after.lastSeen(['c', 'd']), ...after.lastSeen([])]).toEqual([['d', 2]]);
  });

  test('takes over from a replay what is newer, and what is valid behind a value that is not', async () => {
    const operations = file().open();
    const place = { station: 'S', device: 'd', family: 'air', property: 'pm2_5', timedBy: 'device' as const };
    const at = (observedAt: number, value: number, flag: Flag) => {
      return { ...place, value, flag, observedAt, receivedAt: observedAt };
    };
    const replay = (...latest: readonly LatestValue[]) =>
      operations.commitReplay({
        readings: [],
        rows: [],
        messages: [],
        newestTimes: [],
        identities: NO_IDENTITIES,
        outcomes: [],
        latest,
        at: 99,
        by: undefined,
      });
    await replay(at(5, 12, FLAG.GOOD), at(8, 900, FLAG.FAIL));
    const shown = { value: 900, flag: FLAG.FAIL, observedAt: 8 };
    expect(operations.latest()).toMatchObject([{ ...shown, valid: { value: 12, observedAt: 5 } }]);
    await replay(at(6, 13, FLAG.SUSPECT), at(4, 11, FLAG.GOOD), at(7, 901, FLAG.FAIL));
    expect(operations.latest()).toMatchObject([{ ...shown, valid: { value: 13, flag: FLAG.SUSPECT, observedAt: 6 } }]);
    await replay(at(9, 14, FLAG.GOOD));
    expect(operations.latest()).toEqual([at(9, 14, FLAG.GOOD)]);
  });

  test('refuses a file that a newer program wrote, and leaves it as it was', async () => {
    const { path, open } = file();
    await open().stop();
    const database = new DatabaseSync(path);
    database.exec('PRAGMA user_version = 999');
    database.close();
    expect(open).toThrow(/schema 999, this program knows/);
  });

  test('syncs every transaction fully and writes ahead', async () => {
    const { path, open } = file();
    const operations = open();
    const database = new DatabaseSync(path, { readOnly: true });
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    database.close();
    await operations.stop();
    await operations.stop();
  });
});
