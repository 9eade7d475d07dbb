import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '#model/base/clock.ts';
import { isOutage } from '#model/base/fault.ts';
import type { Store } from '#storage/readings/store.ts';
import { startStore, StoreSettings } from '#storage/readings/index.ts';
import { aBatch, aReading, never, rowsOf, storedFrom } from '#test/support/builders/readings.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { adminOf, type Influx2Admin, setUpInflux2 } from '#test/support/servers/influx2/server.ts';
import { type Influx2Peer, startInflux2Peer } from '#test/support/servers/influx2/peer.ts';
import { hasInfluxd, type Influxd, ON_INFLUXD, startInfluxd } from '#test/support/servers/influxd.ts';

const startOn = async (given: Readonly<Record<string, string | boolean>>): Promise<Store> => {
  const settings = StoreSettings.parse({ kind: 'influx', ...given });
  const store = await startStore(settings, { clock: systemClock, log: silentLog(), folder: '' });
  onTestFinished(() => store.stop());
  return store;
};

/** Both ways to notice it: the check at the start and by `doctor`, and the first reading. */
const expectTold = async (store: Store, ...words: readonly string[]): Promise<void> => {
  const told = words.map((each) => expect.stringContaining(each));
  for (const detail of told) {
    await expect(store.check(never)).rejects.toMatchObject({ code: 'STORE_FAILED', retry: true, detail });
  }
  await expect(store.write(aBatch([aReading()]), never)).rejects.toSatisfy(isOutage);
};

const folders: string[] = [];
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'klawing-'));
  folders.push(made);
  return made;
};

let engine: Influxd | undefined;
beforeAll(async () => {
  if (hasInfluxd) engine = await startInfluxd(folder());
});
afterAll(async () => {
  await engine?.stop();
  for (const made of folders) rmSync(made, { recursive: true, force: true });
});

describe.skipIf(!hasInfluxd)('the refusals of an InfluxDB 2.7', ON_INFLUXD, () => {
  let peer: Influx2Peer;
  let admin: Influx2Admin;
  let bucket: string;

  beforeAll(async () => {
    peer = await startInflux2Peer(engine?.url ?? '');
    admin = await adminOf(peer.url, 'dlh', await setUpInflux2(peer.url, 'dlh'));
    bucket = await admin.makeBucket('udara');
  });
  afterAll(() => peer.stop());

  const at = async (given: Readonly<Record<string, string>>): Promise<Store> =>
    startOn({ url: peer.url, org: 'dlh', bucket: 'udara', ...given });

  test('a token for the bucket alone writes and reads', async () => {
    const store = await at({ token: await admin.makeToken(bucket, ['read', 'write']) });
    await expect(store.check(never)).resolves.toBeUndefined();
    await store.write(aBatch([aReading()]), never);
    expect(await rowsOf(store)).toEqual([storedFrom(aReading())]);
  });

  test('a v1 account for the bucket alone writes and reads, as compose has it', async () => {
    const login = { user: 'klawing', password: 'p:w/24 characters' };
    await admin.makeAccount(bucket, ['read', 'write'], login);
    const store = await at({ ...login, writePath: '/write' });
    await expect(store.check(never)).resolves.toBeUndefined();
    await store.write(aBatch([aReading({ value: 7 })]), never);
    expect((await rowsOf(store)).map(({ value }) => value)).toEqual([7]);
  });

  test.for([
    [{ token: 'of-another-server' }, 'does not know this token'],
    [{}, 'asks for a token'],
    [{ user: 'klawing', password: 'wrong', writePath: '/write' }, 'not those of the v1 account'],
  ] as const)('a wrong login: %o', async ([given, words]) => {
    await expectTold(await at(given), 'unauthorized access', words);
  });

  test('a wrong organisation', async () => {
    const store = await at({ token: await admin.makeToken(bucket, ['read', 'write']), org: 'dinas' });
    await expectTold(store, 'no organisation dinas', 'KLAWING_INFLUX_ORG');
  });

  test('a missing bucket', async () => {
    const store = await at({ token: await admin.makeToken(bucket, ['read', 'write']), bucket: 'sungai' });
    await expectTold(store, 'influx bucket create --org dlh --name sungai');
  });

  test('a missing bucket, by the path of 1.x, makes no database', async () => {
    await admin.makeAccount(bucket, ['read', 'write'], { user: 'other', password: 'other-password' });
    const given = { user: 'other', password: 'other-password', bucket: 'sungai', writePath: '/write' };
    await expectTold(await at(given), 'no dbrp mapping found', 'influx v1 dbrp create');
  });

  test('a token that may only read, and one for another bucket', async () => {
    await expectTold(await at({ token: await admin.makeToken(bucket, ['read']) }), 'read-only', '--write-bucket');
    const other = await admin.makeToken(await admin.makeBucket('lain'), ['read', 'write']);
    await expectTold(await at({ token: other }), 'not for the bucket udara');
  });

  test('a token that may only write', async () => {
    const store = await at({ token: await admin.makeToken(bucket, ['write']) });
    await expect(store.check(never)).rejects.toMatchObject({ detail: expect.stringContaining('may not read it') });
  });

  test('a bucket without a mapping, on a server that makes none by itself', async () => {
    const older = await startInflux2Peer(engine?.url ?? '', { hasVirtualMappings: false });
    onTestFinished(() => older.stop());
    const of = await adminOf(older.url, 'dlh', await setUpInflux2(older.url, 'dlh'));
    const id = await of.makeBucket('udara');
    const store = await at({ url: older.url, token: await of.makeToken(id, ['read', 'write']) });
    const detail = expect.stringContaining(
      'influx v1 dbrp create --org dlh --bucket-id <id> --db udara --rp autogen --default',
    );
    await expect(store.check(never)).rejects.toMatchObject({ detail });
    await of.map(id, 'udara');
    await expect(store.check(never)).resolves.toBeUndefined();
  });
});

describe.skipIf(!hasInfluxd)('the refusals of an InfluxDB 1.6', ON_INFLUXD, () => {
  let server: Influxd;
  beforeAll(async () => {
    server = await startInfluxd(folder(), true);
    const admin = `Basic ${btoa('admin:admin-password')}`;
    for (const q of [
      "CREATE USER admin WITH PASSWORD 'admin-password' WITH ALL PRIVILEGES",
      'CREATE DATABASE udara',
      "CREATE USER reader WITH PASSWORD 'reader-password'",
      'GRANT READ ON udara TO reader',
      "CREATE USER writer WITH PASSWORD 'writer-password'",
      'GRANT WRITE ON udara TO writer',
      "CREATE USER klawing WITH PASSWORD 'klawing-password'",
      'GRANT ALL ON udara TO klawing',
    ]) {
      const headers = { authorization: admin };
      await fetch(`${server.url}/query`, { method: 'POST', body: new URLSearchParams({ q }), headers });
    }
  });
  afterAll(() => server.kill());

  const at = (user: string, given: Readonly<Record<string, string>> = {}): Promise<Store> =>
    startOn({ url: server.url, bucket: 'udara', writePath: '/write', user, password: `${user}-password`, ...given });

  test('an account for the database alone writes and reads', async () => {
    const store = await at('klawing');
    await expect(store.check(never)).resolves.toBeUndefined();
    await store.write(aBatch([aReading()]), never);
    expect(await rowsOf(store)).toEqual([storedFrom(aReading())]);
  });

  test('a wrong password, and a token', async () => {
    await expectTold(await at('klawing', { password: 'wrong' }), 'not those of the account');
    const store = await startOn({ url: server.url, bucket: 'udara', writePath: '/write', token: 'a-token' });
    await expectTold(store, 'InfluxDB 1.x knows no tokens');
  });

  test('an account that may only read', async () => {
    await expectTold(await at('reader'), 'read-only', 'GRANT ALL ON "udara" TO "reader"');
  });

  test('an account that may only write', async () => {
    const store = await at('writer');
    await expect(store.check(never)).rejects.toMatchObject({ detail: expect.stringContaining('GRANT ALL ON "udara"') });
  });

  test('a missing database that the account may not create', async () => {
    const store = await at('klawing', { bucket: 'sungai' });
    await expect(store.check(never)).rejects.toMatchObject({ code: 'STORE_FAILED', retry: true });
    const shy = await startOn({ url: engine?.url ?? '', bucket: 'none', writePath: '/write', createDatabase: false });
    await expectTold(shy, 'CREATE DATABASE "none"');
  });

  test('the write path of 2.x', async () => {
    await expectTold(await at('klawing', { writePath: '/api/v2/write' }), 'check that the database or bucket exists');
  });
});
