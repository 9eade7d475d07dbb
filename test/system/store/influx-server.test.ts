import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '#model/base/clock.ts';
import { isOutage } from '#model/base/fault.ts';
import type { Store } from '#storage/readings/store.ts';
import { startStore, StoreSettings } from '#storage/readings/index.ts';
import { hasInfluxd, startInfluxd } from '#test/support/servers/influxd.ts';
import { aBatch, aReading, keyFrom, MORNING, never, rowsOf, storedFrom } from '#test/support/builders/readings.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const startOn = async (url: string, given = {}): Promise<Store> => {
  const settings = StoreSettings.parse({ kind: 'influx', url, writePath: '/write', ...given });
  const store = await startStore(settings, { clock: systemClock, log: silentLog(), folder: '' });
  onTestFinished(() => store.stop());
  return store;
};

const start = async (hasAuth = false) => {
  const server = await startInfluxd(tempFolder(), hasAuth);
  onTestFinished(() => server.stop());
  const query = (q: string) => fetch(`${server.url}/query?${new URLSearchParams({ q })}`, { method: 'POST' });
  return { ...server, query };
};

describe.skipIf(!hasInfluxd)('on a real InfluxDB 1.6', () => {
  test('writes and reads with a user, and keeps everything when the password is wrong', async () => {
    const { url, query } = await start(true);
    await query(`CREATE USER admin WITH PASSWORD 'p:w' WITH ALL PRIVILEGES`);
    const reading = aReading();
    const wrong = await startOn(url, { user: 'admin', password: 'wrong' });
    await expect(wrong.write(aBatch([reading]), never)).rejects.toMatchObject({
      code: 'STORE_FAILED',
      retry: true,
      detail: expect.stringContaining('check token, or user and password'),
    });
    await expect(wrong.check(never)).rejects.toSatisfy(isOutage);
    const right = await startOn(url, { user: 'admin', password: 'p:w' });
    await right.write(aBatch([reading]), never);
    expect(await rowsOf(right)).toEqual([storedFrom(reading)]);
  });

  test('makes the database on a fresh server, where it may', async () => {
    const { url } = await start();
    const shy = await startOn(url, { createDatabase: false });
    await expect(shy.check(never)).rejects.toMatchObject({ detail: expect.stringContaining('CREATE DATABASE') });
    await expect(shy.write(aBatch([aReading()]), never)).rejects.toSatisfy(isOutage);
    await expect(shy.lookUp([keyFrom(aReading())], never)).rejects.toMatchObject({
      detail: expect.stringContaining('CREATE DATABASE'),
    });
    const bold = await startOn(url);
    const strangers = ['dev-1', 'dev-2'].map((device) => keyFrom(aReading({ device })));
    expect((await bold.lookUp(strangers, never)).size).toBe(0);
    await expect(shy.check(never)).resolves.toBeUndefined();
  });

  test('rejects what lies beyond the retention policy, with the words of the store', async () => {
    const { url, query } = await start();
    await query('CREATE DATABASE klawing WITH DURATION 1d');
    const store = await startOn(url);
    const now = Math.floor(systemClock.now() / 1_000) * 1_000;
    const readings = [aReading({ observedAt: now }), aReading({ observedAt: now - 30 * 86_400_000 })];
    const { rejected } = await store.write(aBatch(readings), never);
    expect(rejected).toEqual([{ index: 1, reason: expect.stringContaining('beyond retention policy') }]);
    expect(await rowsOf(store)).toEqual(readings.slice(0, 1).map(storedFrom));
  });

  test('loses nothing that it accepted when the server is killed', async () => {
    const server = await start();
    const store = await startOn(server.url);
    const readings = Array.from({ length: 3_000 }, (_, index) => aReading({ observedAt: MORNING + index }));
    expect(await store.write(aBatch(readings), never)).toEqual({ rejected: [] });
    await server.kill();
    await server.restart();
    expect((await rowsOf(store)).length).toBe(readings.length);
  });
});
