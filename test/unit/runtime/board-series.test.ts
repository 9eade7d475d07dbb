import { describe, expect, onTestFinished, test } from 'vitest';
import { minutes, seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import { formatInstant } from '#model/base/instant.ts';
import type { State } from '#model/registry/state.ts';
import { startBoardSeries } from '#runtime/board-series.ts';
import { alertPoint, devicePoints, type ShownAlert, stationPoint } from '#runtime/board-series-points.ts';
import type { BoardPoint } from '#storage/readings/board-series.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { MORNING } from '#test/support/builders/readings.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';

const STATION = {
  id: 'ST1',
  family: 'river',
  name: 'Klawing, Bancar bridge',
  lat: -7.39,
  lon: 109.375,
  attributes: { siaga: 3.5, name: 7, station: 8, note: 'old gauge' },
  family_title: { id: 'Sungai', en: 'River' },
  headline: 'stage',
  silent: false,
  devices: [
    {
      id: 'dev-1',
      every: '1m',
      silence_limit_seconds: 210,
      revoked: false,
      presence: 'online' as const,
      silent: false,
      clock_wrong: false,
      last_seen: '2026-11-24T03:00:00Z',
    },
    {
      id: 'dev-2',
      every: '1m',
      silence_limit_seconds: 210,
      revoked: true,
      presence: 'unknown' as const,
      silent: false,
      clock_wrong: false,
    },
  ],
  last: [
    {
      device: 'dev-1',
      property: 'stage',
      title: { id: 'Tinggi muka air', en: 'Stage' },
      value: 1.25,
      decimals: 3,
      unit: 'm',
      unit_text: 'm',
      flag: 1 as const,
      observed_at: '2026-11-24T03:00:00Z',
      received_at: '2026-11-24T03:00:01Z',
      timed_by: 'device' as const,
      age_seconds: 0,
    },
  ],
};

const alert = (given: Partial<ShownAlert> = {}): ShownAlert => ({
  station: 'ST1',
  device: 'dev-1',
  rule: 'siaga',
  state: 'firing',
  severity: 'severe',
  title: { id: 'Siaga banjir', en: 'Flood warning' },
  value: 3.6,
  observedAt: MORNING,
  since: MORNING - 120_000,
  ...given,
});

const stateOf = (rank: State['hazard']['rank']): State => ({
  station: 'ST1',
  name: 'Klawing, Bancar bridge',
  family: 'river',
  at: formatInstant(MORNING),
  hazard: { name: 'river', level: 'siaga', rank, word: { id: 'Siaga', en: 'Siaga' }, reason: null, device: 'dev-1' },
  assurance: 'valid',
  system: { state: 'in-order', devices: 1, of: 1 },
  value: null,
  devices: [],
});

/** Side series that keep what they are given, unless they are told to fail. */
const start = () => {
  const clock = manualClock();
  const log = silentLog();
  const batches: (readonly BoardPoint[])[] = [];
  const state = {
    failure: undefined as Error | undefined,
    revision: 1,
    release: undefined as Promise<void> | undefined,
    rank: 1 as State['hazard']['rank'],
  };
  const side = startBoardSeries({
    clock,
    log,
    series: {
      write: async (points) => {
        await state.release;
        if (state.failure !== undefined) throw state.failure;
        batches.push(points);
      },
    },
    revision: () => state.revision,
    stations: () => [STATION],
    states: () => [stateOf(state.rank)],
    figures: async () => ({ readings_stored: 5 }),
  });
  onTestFinished(() => side.stop());
  const names = () => batches.map((points) => points.map(({ measurement }) => measurement));
  return { clock, log, side, batches, state, names };
};

const FACTS = ['station', 'klawing_device', 'station_state'];

describe('the board series', () => {
  test('are written at once, the figures every 10 s, the facts every minute', async () => {
    const { clock, names } = start();
    await clock.advance(seconds(59));
    expect(names()).toEqual([[...FACTS, 'klawing_pipeline'], ...Array.from({ length: 5 }, () => ['klawing_pipeline'])]);
    await clock.advance(seconds(1));
    expect(names().at(-1)).toEqual([...FACTS, 'klawing_pipeline']);
  });

  test('tell of a changed registry with the next figures', async () => {
    const { clock, names, state } = start();
    await clock.advance(seconds(10));
    state.revision = 2;
    await clock.advance(seconds(10));
    expect(names()).toEqual([[...FACTS, 'klawing_pipeline'], ['klawing_pipeline'], [...FACTS, 'klawing_pipeline']]);
  });

  test('tell of a changed state with the next figures', async () => {
    const { clock, names, batches, state } = start();
    await clock.advance(seconds(10));
    state.rank = null;
    await clock.advance(seconds(20));
    expect(names().slice(2)).toEqual([['station_state', 'klawing_pipeline'], ['klawing_pipeline']]);
    expect(batches[2]?.[0]).toMatchObject({ tags: { station: 'ST1', family: 'river' }, fields: { hazard: -1 } });
  });

  test('keep alerts while the store is away, make the rest anew, and say so once', async () => {
    const { clock, log, side, state, names } = start();
    await clock.advance(seconds(1));
    state.failure = new Fault('STORE_UNREACHABLE', 'away', { retry: true });
    side.alerts([alert()]);
    await clock.advance(minutes(2));
    expect(log.lines.map(({ event: said }) => said)).toEqual(['board series not written']);
    state.failure = undefined;
    await clock.advance(seconds(10));
    expect(names().slice(1)).toEqual([['alert_event', ...FACTS, 'klawing_pipeline']]);
    await clock.advance(seconds(10));
    expect(names().at(-1)).toEqual(['klawing_pipeline']);
    expect(log.lines.at(-1)?.event).toBe('board series written again');
  });

  test('let no more than 1,000 alerts wait, and drop the oldest', async () => {
    const { clock, side, batches } = start();
    await clock.advance(seconds(1));
    side.alerts(Array.from({ length: 1_200 }, (_, index) => alert({ observedAt: MORNING + index })));
    await clock.advance(seconds(9));
    const alerts = (batches.at(-1) ?? []).filter(({ measurement }) => measurement === 'alert_event');
    expect(alerts.length).toBe(1_000);
    expect(alerts[0]?.at).toBe(MORNING + 200);
  });

  test('never have two writes under way', async () => {
    const { clock, state, batches } = start();
    const { promise, resolve } = Promise.withResolvers<void>();
    state.release = promise;
    await clock.advance(minutes(5));
    resolve();
    await clock.advance(seconds(0));
    expect(batches.length).toBeLessThanOrEqual(2);
  });

  test('write the alerts that wait when they are stopped, twice or not', async () => {
    const { clock, side, names } = start();
    await clock.advance(seconds(1));
    side.alerts([alert()]);
    await Promise.all([side.stop(), side.stop()]);
    expect(names().at(-1)).toEqual(['alert_event', 'klawing_pipeline']);
    expect(clock.waiting()).toBe(0);
  });
});

describe('a point', () => {
  test('of a station holds where it is, its numeric attributes and its newest headline', () => {
    expect(stationPoint(STATION, MORNING)).toEqual({
      measurement: 'station',
      tags: { station: 'ST1', family: 'river' },
      fields: {
        siaga: 3.5,
        headline: 1.25,
        headline_flag: 1,
        headline_at: MORNING,
        lat: -7.39,
        lon: 109.375,
        name: 'Klawing, Bancar bridge',
        silent: 0,
      },
      at: MORNING,
    });
  });

  test('of a device holds when it was last seen; a revoked device has none', () => {
    const points = devicePoints(STATION, MORNING);
    expect(points.map(({ tags }) => tags)).toEqual([{ device: 'dev-1' }]);
    expect(points[0]?.fields).toEqual({
      station: 'ST1',
      family: 'river',
      presence: 'online',
      online: 1,
      silent: 0,
      every_s: 60,
      last_seen: MORNING,
      silent_cause: '',
      clock_wrong: 0,
    });
  });

  test('of a device holds why it is silent, its battery, signal and clock', () => {
    const [first] = STATION.devices;
    const [value] = STATION.last;
    if (first === undefined || value === undefined) throw new Error('the station has a device and a value');
    const health = (['battery_voltage', 'rssi', 'fill'] as const).map((property, i) => ({
      ...value,
      property,
      value: i + 3,
    }));
    const silence = { silent: true, silent_cause: 'device-offline' as const, silent_since: '2026-11-24T03:00:00Z' };
    const device = { ...first, ...silence, health, clock_wrong: true, clock_skew_seconds: -90 };
    expect(devicePoints({ ...STATION, devices: [device] }, MORNING)[0]?.fields).toMatchObject({
      silent: 1,
      silent_cause: 'device-offline',
      silent_since: MORNING,
      battery_voltage: 3,
      rssi: 4,
      clock_wrong: 1,
      clock_skew_s: -90,
    });
    expect(devicePoints({ ...STATION, devices: [device] }, MORNING)[0]?.fields).not.toHaveProperty('fill');
  });

  test('of an alert says whether it fires as a number', () => {
    const { tags, fields, at } = alertPoint(alert());
    expect(tags).toEqual({ station: 'ST1', device: 'dev-1', rule: 'siaga' });
    expect(fields).toMatchObject({ firing: 1, state: 'firing', title_id: 'Siaga banjir', value: 3.6 });
    expect(at).toBe(MORNING);
    expect(alertPoint(alert({ state: 'resolved' })).fields).toMatchObject({ firing: 0 });
  });
});
