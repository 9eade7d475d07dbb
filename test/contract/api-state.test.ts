import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startStateFeed } from '#state/state-feed.ts';
import { knownOf, makeStates } from '#state/states.ts';
import type { LatestValue } from '#storage/operations/alerting.ts';
import { minutes, seconds } from '#model/base/duration.ts';
import { FLAG } from '#model/readings/flag.ts';
import { State, StateList } from '#model/registry/state.ts';
import { aDevice, answerOf, aStation, problemOf, type TestApi, testApi } from '#test/support/servers/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { MORNING } from '#test/support/builders/readings.ts';

const LEVELS = { waspada: 2.5, siaga: 3.5, awas: 4.5 };

const stage = (value: number, given: Partial<LatestValue> = {}): LatestValue => ({
  station: 'PBG-R03',
  device: 'pbg-r03',
  family: 'river',
  property: 'stage',
  value,
  flag: FLAG.GOOD,
  observedAt: MORNING - 21_000,
  receivedAt: MORNING - 20_000,
  timedBy: 'device',
  ...given,
});

const watch = (api: TestApi, ...latest: readonly LatestValue[]): Promise<void> =>
  api.operations.commitAlerted({
    cursor: { journal: 'j-1', sequence: 1 },
    latest,
    presence: [],
    seen: latest.map(({ device, receivedAt }) => ({ device, receivedAt })),
  });

/** With the air station `ST1` and a gauge at Bancar that reports every minute. */
const withBancar = async (): Promise<TestApi> => {
  const api = await testApi();
  await api.operations.changeRegistry([
    { kind: 'put-station', station: aStation({ id: 'PBG-R03', family: 'river', attributes: LEVELS }) },
    { kind: 'put-device', device: aDevice({ id: 'pbg-r03', assignments: [{ station: 'PBG-R03', from: 0 }] }) },
  ]);
  return api;
};

const bancar = async (api: TestApi): Promise<State> => answerOf(await api.get('/v1/stations/PBG-R03/state'), State);

describe('GET /v1/state', () => {
  test('answers the state of every station, exactly as described', async () => {
    const api = await withBancar();
    await watch(api, stage(3.62), stage(3.9, { property: 'battery_voltage' }));
    const value = {
      device: 'pbg-r03',
      property: 'stage',
      title: { id: 'Tinggi muka air', en: 'Stage' },
      unit: 'm',
      unit_text: 'm',
      decimals: 3,
      value: 3.62,
      reason: null,
      flag: 1,
      last_valid: null,
      observed_at: '2026-11-24T02:59:39.000Z',
      received_at: '2026-11-24T02:59:40.000Z',
      timed_by: 'device',
      assurance: 'valid',
    };
    const hazard = {
      name: 'river',
      level: 'siaga',
      rank: 2,
      word: { id: 'Siaga', en: 'Siaga' },
      reason: null,
      device: 'pbg-r03',
    };
    const { at, stations } = await answerOf(await api.get('/v1/state'), z.strictObject(StateList.shape));
    expect(at).toBe('2026-11-24T03:00:00.000Z');
    expect(stations.map(({ station }) => station)).toEqual(['PBG-R03', 'ST1']);
    expect(stations[0]).toEqual({
      station: 'PBG-R03',
      name: 'Bukateja',
      family: 'river',
      at,
      hazard,
      assurance: 'valid',
      value,
      system: { state: 'in-order', devices: 1, of: 1 },
      devices: [
        {
          device: 'pbg-r03',
          hazard,
          assurance: 'valid',
          value,
          values: [value],
          system: { state: 'in-order', since: null, cause: null },
        },
      ],
    });
    expect(stations[1]?.hazard).toMatchObject({ level: 'unknown', rank: null, reason: 'no-value' });
    expect(await bancar(api)).toEqual(stations[0]);
    expect((await api.get('/v1/state')).headers.get('cache-control')).toBe('no-store');
  });

  test('answers one family, and refuses what is not there', async () => {
    const api = await withBancar();
    const { stations } = await answerOf(await api.get('/v1/state?family=air'), StateList);
    expect(stations.map(({ station }) => station)).toEqual(['ST1']);
    expect(await problemOf(await api.get('/v1/state?family=no-such-family'))).toMatchObject({ status: 400 });
    expect(await problemOf(await api.get('/v1/state?station=ST1'))).toMatchObject({ status: 400 });
    expect(await problemOf(await api.get('/v1/stations/NOWHERE/state'))).toMatchObject({ status: 404 });
  });

  test('keeps the hazard of a value that has become stale by time alone, and says that its device is silent', async () => {
    const api = await withBancar();
    await watch(api, stage(3.62));
    await api.clock.advance(minutes(3));
    expect(await bancar(api)).toMatchObject({ assurance: 'valid', system: { state: 'in-order' } });
    await api.clock.advance(seconds(31));
    expect(await bancar(api)).toMatchObject({
      hazard: { level: 'siaga' },
      assurance: 'stale',
      system: { state: 'silent' },
    });
  });

  test('takes the silence that a device is allowed for the age of its values', async () => {
    const api = await withBancar();
    const sleeper = aDevice({
      id: 'pbg-r03',
      assignments: [{ station: 'PBG-R03', from: 0 }],
      silentAfter: minutes(60),
    });
    await api.operations.changeRegistry([{ kind: 'put-device', device: sleeper }]);
    await watch(api, stage(3.62));
    const presence = [{ device: 'pbg-r03', state: 'offline' as const, since: MORNING, connection: 1 }];
    const cursor = { journal: 'j-1', sequence: 2 };
    await api.operations.commitAlerted({ cursor, latest: [], presence, seen: [] });
    await api.clock.advance(minutes(50));
    expect(await bancar(api)).toMatchObject({ assurance: 'valid', system: { state: 'in-order' } });
    await api.clock.advance(minutes(11));
    expect(await bancar(api)).toMatchObject({ assurance: 'stale', system: { state: 'silent' } });
  });

  test('says that a device, or its gateway, is offline before it is silent', async () => {
    const api = await withBancar();
    await watch(api, stage(1.2));
    const presence = [{ device: 'pbg-r03', state: 'offline' as const, since: MORNING - 5_000, connection: 1 }];
    const cursor = { journal: 'j-1', sequence: 2 };
    await api.operations.commitAlerted({ cursor, latest: [], presence, seen: [] });
    const { system, devices, hazard } = await bancar(api);
    expect(system).toEqual({ state: 'offline', devices: 1, of: 1 });
    expect(devices[0]?.system.since).toBe('2026-11-24T02:59:55.000Z');
    expect(hazard.level).toBe('normal');
  });

  test('counts neither a device that was moved away nor one that is revoked', async () => {
    const api = await withBancar();
    const at = (station: string, from = 0) => ({ station, from });
    await api.operations.changeRegistry([
      { kind: 'put-device', device: aDevice({ id: 'moved', assignments: [at('PBG-R03'), at('ST1', MORNING - 9)] }) },
      { kind: 'put-device', device: aDevice({ id: 'revoked', assignments: [at('PBG-R03')], revoked: true }) },
    ]);
    await watch(api, stage(1.2), stage(4.8, { device: 'moved' }), stage(4.9, { device: 'revoked' }));
    expect(await bancar(api)).toMatchObject({ hazard: { level: 'normal' }, devices: [{ device: 'pbg-r03' }] });
  });

  test('shows the newest valid value that is remembered behind one that failed', async () => {
    const api = await withBancar();
    const { value, flag, observedAt, receivedAt } = stage(3.62, { observedAt: MORNING - 81_000 });
    await watch(api, stage(99, { flag: FLAG.FAIL, valid: { value, flag, observedAt, receivedAt } }));
    const state = await bancar(api);
    expect(state).toMatchObject({ hazard: { level: 'siaga' }, assurance: 'doubtful' });
    expect(state.value).toMatchObject({
      value: null,
      reason: 'failed',
      last_valid: { value: 3.62, flag: 1, observed_at: '2026-11-24T02:58:39.000Z' },
    });
  });
});

describe('GET /v1/stream', () => {
  test('sends a state as /v1/state shows it, after a value and by time alone', async () => {
    const api = await withBancar();
    const { operations, clock, live } = api;
    const feed = startStateFeed({
      clock,
      states: makeStates({
        operations,
        clock,
        silenceGrace: seconds(30),
        isStoreAway: () => false,
        known: () => knownOf(operations),
      }),
      stations: () => [...operations.registry().stations.keys()],
      isHeard: () => live.isHeard(),
      publish: (changed) => live.states(changed),
    });
    const ended = new AbortController();
    const { body } = await fetch(`${api.url}/v1/stream?event=state&station=PBG-R03`, { signal: ended.signal });
    let text = '';
    const reading = (async () => {
      for await (const chunk of body ?? []) text += Buffer.from(chunk).toString();
    })().catch(() => undefined);
    const told = (): readonly State[] =>
      [...text.matchAll(/^event: state\ndata: (.+)$/gm)].map(([, data = '']) => State.parse(JSON.parse(data)));
    await eventually(() => expect(text).toContain('retry:'));
    await watch(api, stage(3.62));
    feed.touched(['PBG-R03']);
    await clock.advance(seconds(0.25));
    await eventually(() => expect(told()).toHaveLength(1));
    expect(told()[0]).toEqual(await bancar(api));
    await clock.advance(minutes(4));
    await eventually(() => expect(told().at(-1)).toMatchObject({ hazard: { level: 'siaga' }, assurance: 'stale' }));
    ended.abort();
    await reading;
    feed.stop();
  });
});
