import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isOutage } from '#model/base/fault.ts';
import type { Qualified } from '#model/readings/reading.ts';
import type { Store } from '#storage/readings/store.ts';
import { startDuckDbStore } from '#storage/readings/duckdb/duckdb.ts';
import { DuckDbSettings } from '#storage/readings/duckdb/settings.ts';
import {
  aBatch,
  aQuery,
  aReading,
  keyFrom,
  MORNING,
  never,
  rowsOf,
  storedFrom,
} from '#test/support/builders/readings.ts';
import { smallDisk } from '#test/support/processes/small-disk.ts';
import { eventually } from '#test/support/eventually.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const settings = (given = {}) => DuckDbSettings.parse({ kind: 'duckdb', ...given });

const startIn = async (folder: string, given = {}): Promise<Store> => {
  const store = await startDuckDbStore(settings(given), { folder });
  onTestFinished(() => store.stop());
  return store;
};

const many = (count: number, from: number): readonly Qualified[] =>
  Array.from({ length: count }, (_, index) => aReading({ observedAt: from + index, value: Math.random() }));

test('holds its rows in a file that any DuckDB reads, with times as TIMESTAMP in UTC', async () => {
  const folder = tempFolder();
  const store = await startIn(folder);
  await store.write(aBatch([aReading({ sequence: 7, flag: 3, timedBy: 'shifted' })]), never);
  await store.stop();
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(join(folder, 'readings.duckdb'), { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  const rows = (await connection.runAndReadAll('SELECT * FROM reading')).getRowObjectsJson();
  connection.disconnectSync();
  instance.closeSync();
  expect(rows).toEqual([
    {
      observed_at: '2026-11-24 03:00:00',
      station: 'ST1',
      device: 'dev-1',
      family: 'air',
      property: 'pm2_5',
      value: 38.5,
      flag: 3,
      received_at: '2026-11-24 03:00:01',
      journal: 'j-1',
      sequence: '7',
      timed_by: 2,
      tests: 1,
    },
  ]);
});

test('keeps its rows over a restart', async () => {
  const folder = tempFolder();
  const reading = aReading();
  const first = await startIn(folder);
  await first.write(aBatch([reading]), never);
  await first.stop();
  expect(await rowsOf(await startIn(folder))).toEqual([storedFrom(reading)]);
});

test('names the process that has the file open, and opens the file after its end', async () => {
  const folder = tempFolder();
  const script = `
    const { DuckDBInstance } = require('@duckdb/node-api');
    DuckDBInstance.create(process.argv[1]).then(() => { console.log('open'); setInterval(() => {}, 1000); });
  `;
  const child = spawn(process.execPath, ['-e', script, join(folder, 'readings.duckdb')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const store = await startIn(folder);
  const reading = aReading();
  await expect(store.write(aBatch([reading]), never)).rejects.toMatchObject({
    code: 'DATA_LOCKED',
    retry: true,
    detail: expect.stringContaining(`PID ${child.pid}`),
  });
  child.kill('SIGKILL');
  await eventually(() => store.check(never));
  await store.write(aBatch([reading]), never);
  expect(await rowsOf(store)).toEqual([storedFrom(reading)]);
});

test('names a file that is no database with every call, and leaves it as it is', async () => {
  const folder = tempFolder();
  const path = join(folder, 'readings.duckdb');
  writeFileSync(path, 'no database'.repeat(1_000));
  const store = await startIn(folder);
  await expect(store.check(never)).rejects.toThrow(/readings\.duckdb/);
  await expect(store.write(aBatch([aReading()]), never)).rejects.toMatchObject({ code: 'STORE_FAILED', retry: true });
  expect(readFileSync(path, 'utf8')).toBe('no database'.repeat(1_000));
});

test('keeps nothing of a batch that the disk has no room for, loses nothing, and goes on when there is room', async (context) => {
  const folder = smallDisk(12);
  if (folder === undefined) return context.skip('mounting a small disk needs root');
  const ballast = join(folder, 'ballast');
  writeFileSync(ballast, Buffer.alloc(6_000_000));
  const store = await startIn(folder, { checkpointThreshold: '2MiB' });
  let stored = 0;
  const fill = async (): Promise<void> => {
    for (let round = 0; round < 200; round += 1) {
      const batch = many(20_000, MORNING + stored);
      await store.write(aBatch(batch), never);
      stored += batch.length;
    }
  };
  await expect(fill()).rejects.toSatisfy(isOutage);
  expect(stored).toBeGreaterThan(0);
  rmSync(ballast);
  const last = many(1_000, MORNING + stored);
  await store.write(aBatch(last, { isRepeat: true }), never);
  const counts = (await Array.fromAsync(store.count(0, 1e6, never))).flat();
  expect(counts.reduce((sum, { rows }) => sum + rows, 0)).toBe(stored + last.length);
  expect((await store.lookUp(last.map(keyFrom), never)).size).toBe(last.length);
});

test('has synced the batch before it says so', async (context) => {
  if (spawnSync('strace', ['-V']).status !== 0) return context.skip('strace is not installed');
  const folder = tempFolder();
  const trace = join(folder, 'trace');
  const script = `
    import { startDuckDbStore } from '#storage/readings/duckdb/duckdb.ts';
    import { DuckDbSettings } from '#storage/readings/duckdb/settings.ts';
    import { columnsOf } from '#model/readings/columns.ts';
    import { writeSync } from 'node:fs';
    const store = await startDuckDbStore(DuckDbSettings.parse({ kind: 'duckdb' }), { folder: ${JSON.stringify(folder)} });
    writeSync(1, 'BEFORE');
    const reading = { device: 'd', station: 'S', family: 'air', property: 'pm10', value: 1, flag: 1, observedAt: ${MORNING},
      receivedAt: ${MORNING}, sequence: 1, place: '', timedBy: 'device' };
    await store.write({ journal: 'j', from: 1, to: 1, readings: columnsOf([reading]), revised: new Set(), isRepeat: false },
      new AbortController().signal);
    writeSync(1, 'AFTER');
    process.exit(0);
  `;
  const calls = ['-f', '-y', '-o', trace, '-e', 'trace=write,pwrite64,fsync,fdatasync'];
  const node = [process.execPath, '--input-type=module-typescript', '-e', script];
  spawnSync('strace', [...calls, ...node], { cwd: process.cwd() });
  const lines = readFileSync(trace, 'utf8').split('\n');
  const [before, after] = ['"BEFORE"', '"AFTER"'].map((mark) => lines.findIndex((line) => line.includes(mark)));
  expect(before).toBeGreaterThan(0);
  expect(after).toBeGreaterThan(before ?? 0);
  const onLog = lines.slice(before, after).filter((line) => line.includes('readings.duckdb.wal'));
  expect(onLog.map((line) => /(write|sync)(64)?\(/.exec(line)?.[1])).toEqual(['write', 'sync']);
});

test('cancels a query that runs', async () => {
  const store = await startIn(tempFolder());
  await store.write(aBatch(many(200_000, MORNING)), never);
  const kind = { fn: 'p95', isCircular: false, isAmount: false } as const;
  const query = { ...aQuery(), property: 'pm2_5', intervalMs: 1, zone: 'UTC', ...kind };
  await expect(store.aggregate(query, AbortSignal.timeout(1))).rejects.toSatisfy(isOutage);
  expect((await rowsOf(store, { limit: 1 })).length).toBe(1);
});
