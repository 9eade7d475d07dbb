import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { answerOf, problemOf, testApi } from '#test/support/servers/api.ts';
import { MORNING } from '#test/support/builders/readings.ts';
import { LedgerDocument } from '#api/ledger/schema.ts';
import { QuarantineList } from '#api/quarantine/schema.ts';
import { addUp, type LedgerLine } from '#ingest/ledger/balance.ts';
import type { Ledger } from '#ingest/ledger/ledger.ts';
import type { LedgerQuery } from '#storage/operations/ledger.ts';
import type { QuarantinedPacket } from '#model/readings/quarantined-packet.ts';
import { hours } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import { hourOf } from '#model/base/instant.ts';
import { NO_IDENTITIES } from '#test/support/builders/identities.ts';

const refused = (given: Partial<QuarantinedPacket> = {}): QuarantinedPacket => ({
  journal: 'j-1',
  sequence: 4,
  device: 'dev-1',
  topic: 'v1/dev-1/readings',
  receivedAt: MORNING,
  codec: 'json',
  codecVersion: 1,
  dup: false,
  packetId: 0,
  session: undefined,
  payload: Buffer.from('{"pm25":38.5}'),
  parts: [{ place: '/pm25', code: 'PROPERTY_UNKNOWN', detail: 'air has no "pm25"', readings: 1, further: 0 }],
  ...given,
});

const Ready = z.looseObject({ dependencies: z.array(z.looseObject({ name: z.string() })) });

const nothing = { messages: [], readings: [], rows: [], newestTimes: [], identities: NO_IDENTITIES };

describe('the quarantine', () => {
  test('shows a packet with its reasons and its bytes, as text where it is text', async () => {
    const { get, operations } = await testApi();
    const packets = [refused(), refused({ sequence: 5, payload: Buffer.from([0xff, 0x00]) })];
    await operations.commitStored({ ...nothing, cursor: { journal: 'j-1', sequence: 5 }, quarantined: packets });
    const list = (await answerOf(await get('/v1/quarantine'), QuarantineList)).packets;
    expect(list.map(({ sequence }) => sequence)).toEqual([5, 4]);
    expect(list[1]).toMatchObject({
      state: 'open',
      device: 'dev-1',
      bytes: 13,
      parts: [{ code: 'PROPERTY_UNKNOWN', place: '/pm25' }],
    });
    expect(list[1]).not.toHaveProperty('text');
    const shown = await (await get(`/v1/quarantine/${list[1]?.id}`)).json();
    expect(shown).toMatchObject({ text: '{"pm25":38.5}', hex: '7b22706d3235223a33382e357d' });
    expect(await (await get(`/v1/quarantine/${list[0]?.id}`)).json()).toMatchObject({ text: null, hex: 'ff00' });
    expect(await problemOf(await get('/v1/quarantine/999'))).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect(await problemOf(await get('/v1/quarantine/first'))).toMatchObject({ status: 400, code: 'REQUEST_INVALID' });
  });

  test('is walked page by page', async () => {
    const { get, operations } = await testApi();
    const quarantined = Array.from({ length: 25 }, (_, i) => refused({ sequence: i + 1 }));
    await operations.commitStored({ ...nothing, cursor: { journal: 'j-1', sequence: 25 }, quarantined });
    const seen: number[] = [];
    let path: string | undefined = '/v1/quarantine?device=dev-1&code=PROPERTY_UNKNOWN&limit=10';
    while (path !== undefined) {
      const answer: Response = await get(path);
      const { packets } = await answerOf(answer, QuarantineList);
      seen.push(...packets.map(({ sequence }) => sequence));
      path = /^<(.+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => 25 - i));
    expect((await answerOf(await get('/v1/quarantine?device=dev-2'), QuarantineList)).packets).toEqual([]);
    expect((await get('/v1/quarantine?code=MADE_UP')).status).toBe(400);
  });
});

describe('the ledger', () => {
  const never = () => Promise.reject(new Error('nobody verifies here'));
  const sums = {
    received: 3,
    processed: 2,
    quarantined: 1,
    discarded: 0,
    waiting: 0,
    decoded: 10,
    stored: 9,
    duplicates: 0,
    refused: 1,
    revised: 0,
    missing: 0,
  };

  test('GET /v1/ledger/verify runs once at a time', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let calls = 0;
    const verify: Ledger['verify'] = async (onProgress) => {
      calls += 1;
      onProgress({ daysDone: 0, days: 1 });
      await promise;
      return { store: 'duckdb', expected: 0, found: 0, mismatches: [], mismatched: 0, verified: true };
    };
    const { get } = await testApi({}, { ledger: { lines: never, verify } });
    const first = await get('/v1/ledger/verify');
    const second = await get('/v1/ledger/verify');
    expect(second.headers.get('retry-after')).not.toBeNull();
    expect(await problemOf(second)).toMatchObject({ status: 503, code: 'SERVICE_BUSY' });
    resolve();
    expect(await first.text()).toContain('"mismatches":[]');
    expect((await get('/v1/ledger/verify')).status).toBe(200);
    expect(calls).toBe(2);
  });

  test('is asked for hours of arrival and answered with times', async () => {
    const asked: LedgerQuery[] = [];
    const line = { ...sums, device: 'dev-1', hour: hourOf(MORNING), balanced: true };
    const lines = async (query: LedgerQuery) => {
      asked.push(query);
      return {
        journal: 'j-1',
        through: 3,
        lines: [line],
        totals: { ...sums, balanced: true },
        balanced: true,
        explanation: 'it is',
      };
    };
    const { get } = await testApi({}, { ledger: { lines, verify: never } });
    const answer = await (await get('/v1/ledger?device=dev-1&from=2026-11-24T01:30:00Z')).json();
    expect(asked).toEqual([{ device: 'dev-1', fromHour: hourOf(MORNING) - 2, toHour: hourOf(MORNING) }]);
    expect(answer).toMatchObject({
      balanced: true,
      totals: sums,
      lines: [{ hour: '2026-11-24T03:00:00.000Z', received: 3 }],
    });
  });

  const answering = (lines: readonly LedgerLine[]) => ({
    lines: async () => ({
      journal: 'j-1',
      through: 3,
      lines,
      totals: addUp(lines),
      balanced: true,
      explanation: 'it is',
    }),
    verify: never,
  });
  const lineOf = (device: string, after: number): LedgerLine => ({
    ...sums,
    device,
    hour: hourOf(MORNING) + after,
    balanced: true,
  });

  test('is added up by hour, by device, or by day in a zone', async () => {
    // 17:00 UTC is midnight in Purbalingga
    const lines = [lineOf('dev-1', 0), lineOf('dev-2', 0), lineOf('dev-1', 14)];
    const { get } = await testApi({}, { ledger: answering(lines) });
    const groupsOf = async (query: string) => {
      const { lines: none, groups } = await answerOf(await get(`/v1/ledger?${query}`), LedgerDocument);
      expect(none).toEqual([]);
      return groups.map(({ of, received }) => [of, received]);
    };
    expect(await groupsOf('by=device')).toEqual([
      ['dev-1', 6],
      ['dev-2', 3],
    ]);
    expect(await groupsOf('by=hour')).toEqual([
      ['2026-11-24T03:00:00.000Z', 6],
      ['2026-11-24T17:00:00.000Z', 3],
    ]);
    expect(await groupsOf('by=day')).toEqual([
      ['2026-11-24', 6],
      ['2026-11-25', 3],
    ]);
    expect(await groupsOf('by=day&tz=UTC')).toEqual([['2026-11-24', 9]]);
    expect(await problemOf(await get('/v1/ledger?by=week'))).toMatchObject({ status: 400 });
  });

  test('is not written where it cannot be read', async () => {
    const lines = Array.from({ length: 50_001 }, () => lineOf('dev-1', 0));
    const { get } = await testApi({}, { ledger: answering(lines) });
    expect(await problemOf(await get('/v1/ledger'))).toMatchObject({ status: 400, code: 'REQUEST_INVALID' });
    expect((await get('/v1/ledger?by=device')).status).toBe(200);
  });

  test('is not available while the broker is away', async () => {
    const fault = new Fault('BROKER_UNREACHABLE', 'connection refused', { retry: true });
    const { get } = await testApi({}, { ledger: { lines: () => Promise.reject(fault), verify: never } });
    expect(await problemOf(await get('/v1/ledger'))).toMatchObject({ status: 503, code: 'BROKER_UNREACHABLE' });
  });
});

describe('health', () => {
  test('is alive whatever is away', async () => {
    const { get, broker, store } = await testApi();
    await broker.goAway();
    await store.stop();
    expect(await (await get('/healthz')).json()).toEqual({ status: 'alive' });
  });

  test('is ready when every part is, and names the one that is not, and since when', async () => {
    const { get, broker, clock } = await testApi();
    expect((await get('/readyz')).status).toBe(200);
    broker.answer(
      '/health',
      200,
      '{"journal":{"id":"j","first":1,"last":1,"segments":1,"bytes":1,"stalled":"reserve","lastCommitMs":1,"commits":1},"connections":0}',
    );
    const full = await answerOf(await get('/readyz'), Ready);
    expect(full.dependencies[1]).toMatchObject({ name: 'journal', ready: false, code: 'JOURNAL_FULL' });
    await broker.goAway();
    const away = await get('/readyz');
    expect(away.status).toBe(503);
    const since = { code: 'BROKER_UNREACHABLE', since: '2026-11-24T03:00:00.000Z' };
    expect((await answerOf(away, Ready)).dependencies[0]).toMatchObject({ name: 'broker', ready: false, ...since });
    clock.set(MORNING + 60_000);
    expect((await answerOf(await get('/readyz'), Ready)).dependencies[0]).toMatchObject(since);
  });

  test('reports the outage of the store that the storing reader has seen', async () => {
    const fault = new Fault('STORE_UNREACHABLE', 'connection refused', { retry: true });
    const cursor = { journal: 'j-1', sequence: 7 };
    const state = () => ({ storing: cursor, alerting: cursor, storeOutage: { fault, since: MORNING - 60_000 } });
    const { get } = await testApi({}, { pipeline: { state } });
    const answer = await answerOf(await get('/readyz'), Ready);
    expect(answer).toMatchObject({ ready: false, storing: cursor, alerting: cursor });
    expect(answer.dependencies[2]).toEqual({
      name: 'store',
      ready: false,
      code: 'STORE_UNREACHABLE',
      detail: 'connection refused',
      since: '2026-11-24T02:59:00.000Z',
    });
  });

  test('has figures of API, ingest and broker in one text', async () => {
    const { get, broker } = await testApi();
    await get('/v1/stations');
    const text = await (await get('/metrics')).text();
    expect(text).toContain('klawing_api_requests_total{method="GET",route="/v1/stations",status="200"} 1');
    expect(text).toContain('klawing_ingest_lag 0\n');
    expect(text).toContain('klawing_broker_up 1\nklawing_broker_connections 2\n');
    await broker.goAway();
    expect(await (await get('/metrics')).text()).toContain('klawing_broker_up 0\n');
  });
});

describe('every answer', () => {
  test('has the time of the service: also a refusal, a stream, and a progress stream', async () => {
    const { get, post, clock } = await testApi();
    await clock.advance(hours(9));
    const stream = await get('/v1/stream');
    await stream.body?.cancel();
    const paths = ['/v1/stations', '/v1/nothing', '/healthz', '/v1/stations?family=air'];
    const answers = [stream, await post('/v1/replay', {}), ...(await Promise.all(paths.map((path) => get(path))))];
    expect(answers.map(({ headers }) => headers.get('date'))).toEqual(
      answers.map(() => 'Tue, 24 Nov 2026 12:00:00 GMT'),
    );
  });
});
