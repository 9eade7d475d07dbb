import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LatestValue } from '#storage/operations/alerting.ts';
import { type DeviceFacts, stateOf, type StationFacts } from '#state/state-of.ts';
import { ispu } from '#science/air/ispu.ts';
import { minutes, seconds } from '#model/base/duration.ts';
import { FAMILIES } from '#model/families/index.ts';
import { FLAG, type Flag } from '#model/readings/flag.ts';
import { State } from '#model/registry/state.ts';
import type { Station } from '#model/registry/station.ts';
import { validIn } from '#model/readings/valid.ts';
import { aStation } from '#test/support/servers/api.ts';
import { MORNING } from '#test/support/builders/readings.ts';

const never = (): never => {
  throw new Error('no index');
};

const LIMIT = minutes(4);

const BANCAR = aStation({
  id: 'PBG-R03',
  family: 'river',
  name: 'Klawing – Bancar',
  attributes: { waspada: 2.5, siaga: 3.5, awas: 4.5, stage_min: -0.5, stage_max: 9 },
});
const MARKET = aStation({ id: 'PBG-W01', family: 'waste', name: 'Pasar Segamas' });
const SQUARE = aStation({ id: 'PBG-A01', family: 'air', name: 'Alun-alun' });
const MAST = aStation({ id: 'PBG-C01', family: 'weather', name: 'Karangreja' });

const STATIONS = new Map([BANCAR, MARKET, SQUARE, MAST].map((station) => [station.id, station]));

interface Said {
  readonly property: string;
  readonly value: number;
  readonly flag?: Flag;
  /** Seconds ago. */
  readonly ago?: number;
  readonly valid?: { readonly value: number; readonly ago: number; readonly flag?: Flag };
}

const at = (ago: number) => ({ observedAt: MORNING - ago * 1_000, receivedAt: MORNING - ago * 1_000 + 400 });

const latest = (
  station: Station,
  device: string,
  { property, value, flag = FLAG.GOOD, ago = 20, valid }: Said,
): LatestValue => ({
  station: station.id,
  family: station.family,
  device,
  property,
  value,
  flag,
  timedBy: 'device',
  ...at(ago),
  ...(valid === undefined ? {} : { valid: { value: valid.value, flag: valid.flag ?? FLAG.GOOD, ...at(valid.ago) } }),
});

const device = (
  station: Station,
  id: string,
  said: readonly Said[],
  given: Partial<DeviceFacts> = {},
): DeviceFacts => ({
  id,
  latest: said.map((one) => latest(station, id, one)),
  silenceLimit: LIMIT,
  silence: undefined,
  offlineSince: undefined,
  ...given,
});

const stateAt = (station: Station, devices: readonly DeviceFacts[], given: Partial<StationFacts> = {}): State =>
  State.parse(
    stateOf({
      station,
      devices,
      isStoreAway: false,
      now: MORNING,
      isValid: validIn(() => ({ stations: STATIONS })),
      ...given,
    }),
  );

/** One gauge at Bancar that last said this. */
const bancar = (...said: readonly Omit<Said, 'property'>[]): State =>
  stateAt(
    BANCAR,
    said.map((one, i) => device(BANCAR, `gauge-${i + 1}`, [{ property: 'stage', ...one }])),
  );

/** Hazard and assurance in short: `siaga 2 valid`. */
const short = ({ hazard, assurance }: Pick<State, 'hazard' | 'assurance'>): string =>
  `${hazard.level} ${hazard.rank} ${assurance}`;

describe('the hazard of a river', () => {
  test.for([
    [2.49, 'normal 0'],
    [2.5, 'waspada 1'],
    [3.49, 'waspada 1'],
    [3.5, 'siaga 2'],
    [4.22, 'siaga 2'],
    [4.5, 'awas 3'],
    [8.9, 'awas 3'],
  ] as const)('at %f m is the level that its value has crossed: %s', ([value, expected]) => {
    const state = bancar({ value });
    expect(short(state)).toBe(`${expected} valid`);
    expect(state.value).toMatchObject({ property: 'stage', value, reason: null, last_valid: null });
  });

  test('is told in words, by the device that decides it', () => {
    expect(bancar({ value: 3.6 }).hazard).toEqual({
      name: 'river',
      level: 'siaga',
      rank: 2,
      word: { id: 'Siaga', en: 'Siaga' },
      reason: null,
      device: 'gauge-1',
    });
  });

  test('counts a suspect value and says that it is doubtful', () => {
    expect(short(bancar({ value: 4.8, flag: FLAG.SUSPECT }))).toBe('awas 3 doubtful');
    expect(short(bancar({ value: 4.8, flag: FLAG.UNKNOWN }))).toBe('awas 3 valid');
  });

  test('counts a stage that failed a check inside the gross range of the station, as doubtful', () => {
    const state = bancar({ value: 4.8, flag: FLAG.FAIL });
    expect(short(state)).toBe('awas 3 doubtful');
    expect(state.value).toMatchObject({ value: 4.8, reason: null });
  });

  test.for([
    [99, FLAG.FAIL, 'failed'],
    [4.8, FLAG.MISSING, 'missing'],
  ] as const)('does not follow %f m with flag %i, and does not show it', ([value, flag, reason]) => {
    const valid = { value: 3.7, ago: 80 };
    const state = bancar({ value, flag, valid });
    expect(short(state)).toBe('siaga 2 doubtful');
    expect(state.value).toMatchObject({ value: null, reason, flag, last_valid: { value: 3.7, flag: 1 } });
    expect(JSON.stringify(state)).not.toContain(String(value));
  });

  test('is unknown where nothing valid is known, and not normal', () => {
    const state = bancar({ value: 99, flag: FLAG.FAIL });
    expect(short(state)).toBe('unknown null unknown');
    expect(state.hazard).toMatchObject({ reason: 'no-valid-value', word: { en: 'No valid value' } });
    expect(state.value).toMatchObject({ value: null, reason: 'failed', last_valid: null, assurance: 'unknown' });
  });

  test('is kept by a value that is older than its device may be silent, and is stale', () => {
    expect(short(bancar({ value: 3.6, ago: 240 }))).toBe('siaga 2 valid');
    expect(short(bancar({ value: 3.6, ago: 241 }))).toBe('siaga 2 stale');
    expect(short(bancar({ value: 1.2, ago: 3_600 }))).toBe('normal 0 stale');
    expect(short(bancar({ value: 99, flag: FLAG.FAIL, ago: 5, valid: { value: 3.6, ago: 900 } }))).toBe(
      'siaga 2 stale',
    );
  });

  test('is stale where a clock that was set back makes the age unknown', () => {
    expect(short(bancar({ value: 1.2, ago: -3_600 }))).toBe('normal 0 stale');
  });

  test.for([
    ['the worst of two', [{ value: 2.6 }, { value: 3.6 }], 'siaga 2 valid', 3.6],
    ['the worst, although it is stale', [{ value: 2.6 }, { value: 3.6, ago: 900 }], 'siaga 2 stale', 3.6],
    ['that which is known', [{ value: 2.6 }, { value: 99, flag: FLAG.FAIL }], 'waspada 1 valid', 2.6],
    ['normal by one that is fresh', [{ value: 1.1 }, { value: 1.3, ago: 900 }], 'normal 0 valid', 1.1],
    ['of two at one level the fresh one', [{ value: 3.6 }, { value: 3.9, ago: 900 }], 'siaga 2 valid', 3.6],
    ['of two fresh ones the higher', [{ value: 3.6 }, { value: 3.9 }], 'siaga 2 valid', 3.9],
  ] as const)('of a station with several gauges is %s', ([, said, expected, shown]) => {
    const state = bancar(...said);
    expect(short(state)).toBe(expected);
    expect(state.value?.value).toBe(shown);
    expect(state.devices).toHaveLength(2);
  });

  test('is unknown where the station has no levels', () => {
    const bare = { ...BANCAR, attributes: {} };
    const state = stateAt(bare, [device(bare, 'g', [{ property: 'stage', value: 8 }])]);
    expect(short(state)).toBe('unknown null valid');
    expect(state.hazard.reason).toBe('no-level');
    expect(state.value?.value).toBe(8);
  });

  test('is told by the levels that the station has', () => {
    const one = { ...BANCAR, attributes: { siaga: 3.5 } };
    const level = (value: number) => short(stateAt(one, [device(one, 'g', [{ property: 'stage', value }])]));
    expect([3.4, 3.6].map(level)).toEqual(['normal 0 valid', 'siaga 2 valid']);
  });

  test('is unknown without a device, and without a value', () => {
    expect(stateAt(BANCAR, []).hazard.reason).toBe('no-device');
    expect(short(stateAt(BANCAR, []))).toBe('unknown null unknown');
    expect(stateAt(BANCAR, [device(BANCAR, 'g', [])]).hazard.reason).toBe('no-value');
    const warm = device(BANCAR, 'g', [{ property: 'temperature', value: 25 }]);
    expect(stateAt(BANCAR, [warm]).hazard.reason).toBe('no-value');
  });
});

describe('the hazard of bins', () => {
  const bin = (id: string, fill: number, temperature: number, given: Partial<Said> = {}): DeviceFacts =>
    device(MARKET, id, [
      { property: 'fill', value: fill, ...given },
      { property: 'temperature', value: temperature, ...given },
      { property: 'battery_level', value: 90, ...given },
    ]);

  test.for([
    [59, 30, 'normal 0', 'fill'],
    [60, 30, 'nearly-full 1', 'fill'],
    [80, 30, 'full 2', 'fill'],
    [24, 59.9, 'normal 0', 'fill'],
    [24, 60, 'fire 3', 'temperature'],
    [95, 77.7, 'fire 3', 'temperature'],
  ] as const)('with %i %% and %f °C is %s, shown by %s', ([fill, temperature, expected, property]) => {
    const state = stateAt(MARKET, [bin('b1', fill, temperature)]);
    expect(short(state)).toBe(`${expected} valid`);
    expect(state.value?.property).toBe(property);
  });

  test('is told bin by bin, and by the worst for the station', () => {
    const bins = [bin('b1', 20, 24.4), bin('b2', 63, 77.7), bin('b3', 78, 25), bin('b4', 30, 26)];
    const state = stateAt(MARKET, bins);
    expect(state.devices.map(short)).toEqual([
      'normal 0 valid',
      'fire 3 valid',
      'nearly-full 1 valid',
      'normal 0 valid',
    ]);
    expect(state.hazard).toMatchObject({ name: 'fire', device: 'b2', word: { id: 'Dugaan kebakaran' } });
    expect(state.value).toMatchObject({ device: 'b2', property: 'temperature', value: 77.7 });
    expect(stateAt(MARKET, bins.toReversed()).hazard).toEqual(state.hazard);
  });

  test('shows the fullest of those that are normal', () => {
    const state = stateAt(MARKET, [bin('b1', 20, 24), bin('b2', 55, 24), bin('b3', 41, 24)]);
    expect(state.value).toMatchObject({ device: 'b2', property: 'fill', value: 55 });
  });

  test('is not normal where one bin is unknown, nor valid where one is stale', () => {
    const calm = bin('b1', 20, 24);
    const mute = device(MARKET, 'b2', []);
    expect(short(stateAt(MARKET, [calm, mute]))).toBe('unknown null unknown');
    expect(stateAt(MARKET, [calm, mute]).hazard).toMatchObject({ reason: 'no-value', device: 'b2' });
    expect(short(stateAt(MARKET, [calm, bin('b2', 20, 24, { ago: 900 })]))).toBe('normal 0 stale');
    expect(short(stateAt(MARKET, [bin('b1', 85, 24), mute]))).toBe('full 2 valid');
  });

  test('says nothing of a fire where no temperature was ever measured', () => {
    const state = stateAt(MARKET, [device(MARKET, 'b1', [{ property: 'fill', value: 20 }])]);
    expect(state.hazard).toMatchObject({ name: 'fill', level: 'normal' });
  });

  test('lists what a bin measures, in the order of the family, and not what it says of itself', () => {
    const [only] = stateAt(MARKET, [bin('b1', 20, 24)]).devices;
    expect(only?.values.map(({ property }) => property)).toEqual(['fill', 'temperature']);
  });
});

describe('air', () => {
  test('is shown without a category, however high its value', () => {
    const state = stateAt(SQUARE, [device(SQUARE, 'a', [{ property: 'pm2_5', value: 260 }])]);
    expect(short(state)).toBe('unknown null valid');
    expect(state.hazard).toMatchObject({ reason: 'no-category', word: { id: 'Tanpa kategori', en: 'No category' } });
    expect(state.value).toMatchObject({ property: 'pm2_5', value: 260 });
  });

  test('shows the higher of two devices, and that a value is doubtful or stale', () => {
    const pair = [38, 61].map((value, i) => device(SQUARE, `a${i}`, [{ property: 'pm2_5', value }]));
    expect(stateAt(SQUARE, pair).value?.value).toBe(61);
    const said = (given: Partial<Said>) =>
      stateAt(SQUARE, [device(SQUARE, 'a', [{ property: 'pm2_5', value: 260, ...given }])]).assurance;
    expect([said({ flag: FLAG.SUSPECT }), said({ ago: 999 }), said({ flag: FLAG.FAIL })]).toEqual([
      'doubtful',
      'stale',
      'unknown',
    ]);
  });

  test('does not show a value that failed its checks', () => {
    const failed = { property: 'pm2_5', value: 5_000, flag: FLAG.FAIL, valid: { value: 38.5, ago: 120 } };
    const state = stateAt(SQUARE, [device(SQUARE, 'a', [failed])]);
    expect(JSON.stringify(state)).not.toContain('5000');
    expect(state.value).toMatchObject({ value: null, reason: 'failed', last_valid: { value: 38.5 } });
  });
});

describe('air with complete means of 24 hours', () => {
  const square = (mean: number, ago = 20) =>
    stateAt(SQUARE, [
      device(SQUARE, 'a', [{ property: 'pm2_5', value: 300, ago }], {
        airIndex: { ...(ispu({ 'PM2.5': mean }) ?? never()), until: MORNING },
      }),
    ]);

  test.for([
    [12, 'good', 0, 'Baik (indikatif)'],
    [35, 'moderate', 0, 'Sedang (indikatif)'],
    [80, 'unhealthy', 1, 'Tidak Sehat (indikatif)'],
    [200, 'very-unhealthy', 2, 'Sangat Tidak Sehat (indikatif)'],
    [260, 'hazardous', 3, 'Berbahaya (indikatif)'],
  ] as const)(
    'of %d µg/m³ is in the category %s of ISPU, whatever the newest value is',
    ([mean, level, rank, word]) => {
      const { hazard, assurance } = square(mean);
      expect(hazard).toMatchObject({ name: 'air', level, rank, reason: null, device: 'a', word: { id: word } });
      expect(assurance).toBe('valid');
    },
  );

  test('is stale when its newest value is', () => {
    expect(square(12, 3_600)).toMatchObject({ hazard: { level: 'good' }, assurance: 'stale' });
  });
});

describe('weather', () => {
  const mast = (wind: number) =>
    stateAt(MAST, [
      device(MAST, 'c', [
        { property: 'rainfall', value: 12 },
        { property: 'wind_speed', value: wind },
      ]),
    ]);

  test('is not called normal by its wind, because rain has no class yet', () => {
    expect(mast(2).hazard).toMatchObject({ name: 'rain', reason: 'no-category' });
  });

  test('follows a wind over its level', () => {
    expect(mast(14).hazard).toMatchObject({ name: 'wind', level: 'strong-wind', rank: 1 });
    expect(mast(14).value).toMatchObject({ property: 'wind_speed', value: 14 });
  });
});

describe('the system part of a state', () => {
  const gauge = (id: string, given: Partial<DeviceFacts> = {}): DeviceFacts =>
    device(BANCAR, id, [{ property: 'stage', value: 3.6 }], given);
  const silence = { since: MORNING - 60_000, cause: 'device-offline' as const };

  test('is in order, and changes neither hazard nor assurance where it is not', () => {
    expect(stateAt(BANCAR, [gauge('a')]).system).toEqual({ state: 'in-order', devices: 1, of: 1 });
    const state = stateAt(BANCAR, [gauge('a', { silence })]);
    expect(state.system).toEqual({ state: 'silent', devices: 1, of: 1 });
    expect(short(state)).toBe('siaga 2 valid');
    expect(state.devices[0]?.system).toEqual({
      state: 'silent',
      since: '2026-11-24T02:59:00.000Z',
      cause: 'device-offline',
    });
  });

  test('tells of how many devices it speaks, the most serious state first', () => {
    const offline = gauge('b', { offlineSince: MORNING - 9_000 });
    expect(stateAt(BANCAR, [gauge('a'), offline]).system).toEqual({ state: 'offline', devices: 1, of: 2 });
    const all = [gauge('a'), offline, gauge('c', { silence, offlineSince: MORNING - 9_000 })];
    expect(stateAt(BANCAR, all).system).toEqual({ state: 'silent', devices: 1, of: 3 });
  });

  test('says that the store is away where nothing worse is', () => {
    expect(stateAt(BANCAR, [gauge('a')], { isStoreAway: true }).system.state).toBe('store-away');
    expect(stateAt(BANCAR, [gauge('a', { silence })], { isStoreAway: true }).system.state).toBe('silent');
  });
});

describe('whatever is known of a station of any family', () => {
  const anyDevice = (station: Station) => {
    const properties = Object.keys(FAMILIES.find(({ name }) => name === station.family)?.properties ?? {});
    const said = fc.record({
      property: fc.constantFrom(...properties),
      value: fc.double({ min: -10, max: 200, noNaN: true }),
      flag: fc.constantFrom(...Object.values(FLAG)),
      ago: fc.integer({ min: -900, max: 900 }),
    });
    const saids = fc.uniqueArray(said, { selector: ({ property }) => property, maxLength: 6 });
    return saids.map((list) => (id: string) => device(station, id, list));
  };
  const anyStation = fc
    .constantFrom(...STATIONS.values())
    .chain((station) => fc.tuple(fc.constant(station), fc.array(anyDevice(station), { maxLength: 3 })));

  test('calm is never said of what is stale, unknown or above a level; no invalid value is shown', () => {
    fc.assert(
      fc.property(anyStation, ([station, makers]) => {
        const state = stateAt(
          station,
          makers.map((make, i) => make(`d${i}`)),
        );
        const { rank, reason, level } = state.hazard;
        expect(rank === null).toBe(reason !== null);
        expect(rank === 0).toBe(level === 'normal');
        if (rank === 0) expect(state.assurance).not.toBe('unknown');
        for (const own of state.devices) expect(own.hazard.rank ?? 0).toBeLessThanOrEqual(rank ?? 0);
        const shown = state.devices.flatMap(({ values }) => values);
        for (const { value, flag, property } of shown) {
          if (flag === FLAG.MISSING || (flag === FLAG.FAIL && property !== 'stage')) expect(value).toBeNull();
        }
      }),
    );
  });
});

test('a value may be as old as its own device may be silent', () => {
  const slow = device(BANCAR, 'g', [{ property: 'stage', value: 1, ago: 3_000 }], { silenceLimit: minutes(60) });
  const quick = device(BANCAR, 'g', [{ property: 'stage', value: 1, ago: 60 }], { silenceLimit: seconds(45) });
  expect(short(stateAt(BANCAR, [slow]))).toBe('normal 0 valid');
  expect(short(stateAt(BANCAR, [quick]))).toBe('normal 0 stale');
});
