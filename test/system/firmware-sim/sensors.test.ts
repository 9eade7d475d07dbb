import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#firmware-sim/calendar.ts';
import { manyDevices } from '#firmware-sim/fleet/many.ts';
import { purbalingga } from '#firmware-sim/fleet/purbalingga.ts';
import type { Roster } from '#firmware-sim/roster.ts';
import { createSensors, type Sensors } from '#firmware-sim/sensors.ts';
import { createRain } from '#firmware-sim/signals/rain.ts';
import { modelOf } from '#firmware-sim/signals/model.ts';
import { createSite } from '#firmware-sim/signals/site.ts';
import { familyNamed } from '#model/families/index.ts';
import { defineFamily, type Family } from '#model/readings/family.ts';
import type { Device } from '#model/registry/device.ts';
import type { Station } from '#model/registry/station.ts';
import { instantOf } from '#test/support/clocks/instant-of.ts';

const YEAR = instantOf('2026-01-01T00:00:00Z');

const stationOf = (roster: Roster, device: Device): Station => {
  const station = roster.stations.find(({ id }) => id === device.assignments[0]?.station);
  if (station === undefined) throw new Error(`${device.id} has no station`);
  return station;
};

const familyOf = (station: Station): Family => {
  const family = familyNamed(station.family);
  if (family === undefined) throw new Error(`${station.id} has no family`);
  return family;
};

const sensorsOf = (roster: Roster, device: Device, seed = 1): Sensors => {
  const station = stationOf(roster, device);
  const basin = roster.basins.get(station.id);
  return createSensors({ seed, device: device.id, station, rain: createRain(seed), basin });
};

const demoSensors = (id: string, seed = 1): Sensors => {
  const device = purbalingga.devices.find((each) => each.id === id);
  if (device === undefined) throw new Error(`no device ${id}`);
  return sensorsOf(purbalingga, device, seed);
};

describe.for([...purbalingga.devices, ...manyDevices(10, 3).devices].map((device) => ({ id: device.id, device })))(
  'the sensors of $id',
  ({ device }) => {
    const roster = device.id.startsWith('sim') ? manyDevices(10, 3) : purbalingga;

    test('report every property of the family, inside its range and the station’s own, all year', () => {
      const station = stationOf(roster, device);
      const { properties } = familyOf(station);
      const sensors = sensorsOf(roster, device);
      for (let at = YEAR; at < YEAR + 365 * DAY_MS; at += 3.7 * HOUR_MS) {
        const values = sensors.read(Math.floor(at), Math.floor(at) - 10 * MINUTE_MS);
        expect([...values.keys()]).toEqual(Object.keys(properties));
        for (const [name, value] of values) {
          const { range, decimals, rangeAttributes } = properties[name] ?? { range: [1, 0], decimals: 0 };
          const [low, high] = [rangeAttributes?.low, rangeAttributes?.high].map((key) => station.attributes[key ?? '']);
          const limits = [Number(low ?? range[0]), Number(high ?? range[1])] as const;
          if (value < limits[0] || value > limits[1]) expect({ name, value, at }).toBe(limits);
          expect(Number(value.toFixed(decimals))).toBe(value);
        }
      }
    });
  },
);

describe('signals', () => {
  test.for(['pbg-r03', 'pbg-a01', 'pbg-w01-1', 'pbg-c02'])(
    'of %s are a function of seed and time, whatever was asked before',
    (id) => {
      const [fresh, used] = [demoSensors(id), demoSensors(id)];
      const moment = fc.integer({ min: YEAR, max: YEAR + 3 * 365 * DAY_MS });
      fc.assert(
        fc.property(moment, moment, (at, before) => {
          used.read(before, before - 5_000);
          expect(used.read(at, at - 5_000)).toEqual(fresh.read(at, at - 5_000));
          expect(demoSensors(id).read(at, at - 5_000)).toEqual(fresh.read(at, at - 5_000));
        }),
        { numRuns: 30 },
      );
    },
  );

  test('of another seed are others', () => {
    expect(demoSensors('pbg-a01', 2).read(YEAR, YEAR - 5_000)).not.toEqual(
      demoSensors('pbg-a01').read(YEAR, YEAR - 5_000),
    );
  });

  test('of particles keep the smaller fraction below the larger', () => {
    const sensors = demoSensors('pbg-a03');
    for (let at = YEAR; at < YEAR + 365 * DAY_MS; at += 47 * MINUTE_MS) {
      const values = sensors.read(at, at - 5_000);
      const [pm1 = 0, fine = 0, pm10 = 0] = ['pm1', 'pm2_5', 'pm10'].map((name) => values.get(name));
      expect(pm1).toBeLessThanOrEqual(fine);
      expect(fine).toBeLessThanOrEqual(pm10);
    }
  });

  test('of a gauge agree: distance and stage add up to the height of the sensor', () => {
    const sensors = demoSensors('pbg-r03');
    for (let at = YEAR; at < YEAR + 30 * DAY_MS; at += HOUR_MS) {
      const values = sensors.read(at, at - 5_000);
      expect((values.get('stage') ?? 0) + (values.get('distance') ?? 0)).toBeCloseTo(9, 2);
    }
  });

  test('of air are cleaner and the river higher after the heaviest rain of the year', () => {
    const [gauge, air, river] = [demoSensors('pbg-c02'), demoSensors('pbg-a03'), demoSensors('pbg-r03')];
    const hoursOfYear = Array.from({ length: 365 * 24 }, (_, i) => YEAR + i * HOUR_MS);
    const rainIn = (at: number): number => gauge.read(at, at - HOUR_MS).get('rainfall') ?? 0;
    const heavy = hoursOfYear.map((at) => ({ at, mm: rainIn(at) })).filter(({ mm }) => mm > 15);
    expect(heavy.length).toBeGreaterThan(10);
    const change = (sensors: Sensors, name: string, lag: number): number =>
      heavy.filter(({ at }) => {
        const [after = 0, before = 0] = [at + lag, at - 3 * HOUR_MS].map((t) => sensors.read(t, t - 5_000).get(name));
        return after > before;
      }).length / heavy.length;
    expect(change(river, 'stage', 4 * HOUR_MS)).toBeGreaterThan(0.8);
    expect(change(air, 'pm2_5', 0)).toBeLessThan(0.2);
    expect(change(air, 'relative_humidity', 0)).toBeGreaterThan(0.8);
  });

  test('of an unknown family come from its definition alone', () => {
    const noise = defineFamily({
      name: 'noise',
      title: { id: 'Kebisingan', en: 'Noise' },
      headline: 'laeq',
      properties: {
        laeq: {
          title: { id: 'LAeq', en: 'LAeq' },
          unit: 'dB',
          range: [20, 140],
          decimals: 1,
          signal: { mean: 55, daily: 12, peakHour: 13, jitter: 3 },
        },
      },
      limits: [],
      crossChecks: [],
    });
    const station = { id: 'N1', family: 'noise', name: 'Street', lat: -7.39, lon: 109.36, attributes: {} };
    const site = createSite({ seed: 1, device: 'n1', station, rain: createRain(1), basin: undefined });
    const model = modelOf(site, 'laeq', noise.properties.laeq);
    const meanAt = (hour: number): number => {
      const values = Array.from({ length: 200 }, (_, day) => {
        const at = YEAR + day * DAY_MS + hour * HOUR_MS;
        return model({ at, since: at - 5_000 });
      });
      return values.reduce((a, b) => a + b, 0) / values.length;
    };
    // 06 UTC is 13 h local
    expect(meanAt(6)).toBeCloseTo(67, 0);
    expect(meanAt(18)).toBeCloseTo(43, 0);
  });
});
