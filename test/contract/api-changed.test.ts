import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Qualifier } from '#ingest/qualify/qualifier.ts';
import { requalifyDue } from '#ingest/requalifier.ts';
import { storingSteps } from '#ingest/storing.ts';
import { storeRun } from '#ingest/pipeline.ts';
import { makeReadSteps } from '#ingest/read-steps.ts';
import { makeIngestMetrics } from '#ingest/metrics/metrics.ts';
import { minutes } from '#model/base/duration.ts';
import { formatInstant } from '#model/base/instant.ts';
import { answerOf, problemOf, testApi } from '#test/support/servers/api.ts';
import { entriesOf } from '#test/support/builders/arrivals.ts';
import { MORNING, never } from '#test/support/builders/readings.ts';
import { ONE_DEVICE } from '#test/support/builders/runs.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';

const PATH = '/v1/stations/ST1/readings';
const Raw = z.looseObject({
  readings: z.array(z.looseObject({ observed_at: z.string(), value: z.number(), flag: z.number() })),
});

/** An API whose store and database an ingest without processes fills, at a clock of its own. */
const withIngest = async () => {
  const api = await testApi();
  const clock = manualClock(MORNING);
  const deps = {
    operations: { ...api.operations, registry: () => ONE_DEVICE },
    store: api.store,
    metrics: makeIngestMetrics(silentLog()),
    trustedClock: clock,
    qualifier: new Qualifier(() => []),
    signal: never,
  };
  const steps = {
    ...makeReadSteps(),
    ...storingSteps({ ...deps, endReplay: () => Promise.resolve(), onStored: () => undefined }),
  };
  let next = 1;
  /** Stores PM2.5 that was observed so many minutes ago. */
  const store = async (...observed: readonly (readonly [ago: number, value: number])[]) => {
    const bodies = observed.map(([ago, value]) => ({
      receivedAt: MORNING,
      body: { time: formatInstant(MORNING - ago * 60_000), values: { pm2_5: value } },
    }));
    const entries = entriesOf(bodies, next);
    await storeRun({ journal: 'j', from: next, to: next + entries.length - 1, entries, registry: ONE_DEVICE }, steps);
    next += entries.length;
    await clock.advance(minutes(1));
  };
  const requalify = () => requalifyDue({ ...deps, versions: () => [], between: (call) => call() });
  const changed = async (since: number, query = '') => {
    const { readings } = await answerOf(await api.get(`${PATH}?changed_since=${since}${query}`), Raw);
    return readings.map(({ observed_at, value, flag }) => [(MORNING - Date.parse(observed_at)) / 60_000, value, flag]);
  };
  return { api, clock, store, requalify, changed };
};

describe('readings that have changed since', () => {
  test('are late ones, revisions, and values with another flag, but none that came in order', async () => {
    const { clock, store, requalify, changed } = await withIngest();
    await store([500, 20], [380, 20]);
    const beforeSpike = clock.now();
    await store([260, 120]);
    expect(await changed(0)).toEqual([]);
    await store([140, 20]);
    expect(await changed(0)).toEqual([[260, 120, 3]]);
    const beforeLate = clock.now();
    await store([400, 21]);
    expect(await changed(beforeLate)).toEqual([[400, 21, 1]]);
    expect(await changed(beforeSpike)).toEqual([
      [400, 21, 1],
      [260, 120, 3],
    ]);
    const beforeRevision = clock.now();
    await store([380, 22]);
    await requalify();
    expect(await changed(beforeRevision)).toEqual([[380, 22, 1]]);
    expect(await changed(clock.now())).toEqual([]);
  });

  test('are pages, a span and CSV like others', async () => {
    const { api, store, changed } = await withIngest();
    await store([10, 20]);
    await store([40, 20], [30, 21], [20, 22]);
    expect(await changed(0, `&from=${MORNING - 35 * 60_000}`)).toEqual([
      [30, 21, 1],
      [20, 22, 1],
    ]);
    const first = await api.get(`${PATH}?changed_since=0&limit=2`);
    const next = /^<(.+)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    expect((await answerOf(first, Raw)).readings).toHaveLength(2);
    expect((await answerOf(await api.get(next), Raw)).readings).toHaveLength(1);
    const csv = await (await api.get(`${PATH}?changed_since=0`, { accept: 'text/csv' })).text();
    expect(csv.trimEnd().split('\n')).toHaveLength(4);
  });

  test('are no windows', async () => {
    const { api } = await withIngest();
    const answer = await api.get(`${PATH}?changed_since=0&fn=mean&interval=1h&property=pm2_5`);
    expect(await problemOf(answer)).toMatchObject({
      code: 'REQUEST_INVALID',
      detail: expect.stringContaining('raw readings'),
    });
  });
});
