import { tmpdir } from 'node:os';
import { connectAsync } from 'mqtt';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startKlawing, startPeerChain } from '#bench/peers/chain.ts';
import type { Collector, CollectorTarget } from '#bench/peers/collector.ts';
import { playContest } from '#bench/peers/contest.ts';
import { findProgram } from '#bench/peers/programs.ts';
import type { Bench } from '#bench/row.ts';
import { systemClock } from '#model/base/clock.ts';
import { milliseconds } from '#model/base/duration.ts';
import { hasInfluxd, ON_INFLUXD } from '#test/support/servers/influxd.ts';

const Reading = z.object({ time: z.string(), values: z.record(z.string(), z.number()) });

/** Lines of one request. */
const BATCH = 2_000;

/** A collector in this process, which stands for one that is not installed. */
const startSubscriber = async ({ mqttPort, store }: CollectorTarget): Promise<Collector> => {
  const client = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`);
  let lines: string[] = [];
  let writing = Promise.resolve();
  const write = (): void => {
    const body = lines.join('\n');
    lines = [];
    if (body === '') return;
    writing = writing.then(async () => {
      await fetch(`${store.url}/write?db=${store.database}&precision=ms`, { method: 'POST', body });
    });
  };
  client.on('message', (topic, payload) => {
    const { time, values } = Reading.parse(JSON.parse(payload.toString()));
    const fields = Object.entries(values).map(([name, value]) => `${name}=${value}`);
    lines.push(`air,device=${topic.split('/')[1]} ${fields.join(',')} ${Date.parse(time)}`);
    if (lines.length >= BATCH) write();
  });
  await client.subscribeAsync('v1/+/readings', { qos: 1 });
  const turns = systemClock.every(milliseconds(100), write);
  return {
    name: 'subscriber',
    field: 'pm2_5',
    pid: process.pid,
    check: () => undefined,
    stop: async () => {
      turns.stop();
      await client.endAsync(true);
      await writing;
    },
  };
};

const bench: Bench = {
  clock: systemClock,
  on: tmpdir(),
  seconds: 0.5,
  rounds: 1,
  rows: undefined,
  profile: undefined,
  say: () => undefined,
};

describe.skipIf(!hasInfluxd || findProgram('mosquitto') === undefined)('peers by turns', ON_INFLUXD, () => {
  test('both chains are counted to the last message, with the processor time of every process', async () => {
    const { figures, notes } = await playContest(
      [
        { name: 'ours', start: startKlawing },
        { name: 'peer', start: startPeerChain(startSubscriber), atLeast: 0.1 },
      ],
      bench,
    );
    const value = (name: string): number => figures.find((figure) => figure.name === name)?.value ?? Number.NaN;
    for (const name of ['ours', 'peer']) {
      expect(value(`${name}: acknowledged and not stored`)).toBe(0);
      expect(value(`${name}: stored`)).toBeGreaterThan(0);
    }
    const processes = ['broker', 'ingest', 'influxd', 'generator', 'Mosquitto', 'subscriber'];
    const measured = figures.flatMap(({ name }) => / processor of (.+)$/.exec(name)?.[1] ?? []);
    expect(new Set(measured)).toEqual(new Set(processes));
    expect(value('stored: ours ÷ peer')).toBeCloseTo(value('ours: stored') / value('peer: stored'));
    expect(notes.join('\n')).toContain('ours: last round proved');
  });
});
