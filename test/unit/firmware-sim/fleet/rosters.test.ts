import { describe, expect, test } from 'vitest';
import { manyDevices } from '#firmware-sim/fleet/many.ts';
import { rosterOf } from '#firmware-sim/fleet.ts';
import { SimSettings } from '#firmware-sim/settings.ts';
import { purbalingga } from '#firmware-sim/fleet/purbalingga.ts';
import { codecNamed } from '#model/codecs/index.ts';
import { FAMILIES, familyNamed } from '#model/families/index.ts';
import { DEVICE_ID, STATION_ID } from '#model/registry/names.ts';

const rosters = [
  { name: 'purbalingga', roster: purbalingga },
  { name: 'many', roster: manyDevices(1_000, 1) },
];

describe.for(rosters)('the roster $name', ({ roster }) => {
  test('names every station and device once, in the grammar of topics', () => {
    const stations = roster.stations.map(({ id }) => id);
    const devices = roster.devices.map(({ id }) => id);
    expect(new Set(stations).size).toBe(stations.length);
    expect(new Set(devices).size).toBe(devices.length);
    for (const id of stations) expect(id).toMatch(STATION_ID);
    for (const id of devices) expect(id).toMatch(DEVICE_ID);
  });

  test('puts every device at a station of a known family, inside the regency', () => {
    const known = new Map(roster.stations.map((station) => [station.id, station]));
    for (const { assignments, codec } of roster.devices) {
      expect(assignments).toHaveLength(1);
      expect(known.has(assignments[0]?.station ?? '')).toBe(true);
      expect(codecNamed(codec)).toBeDefined();
    }
    for (const { family, lat, lon } of roster.stations) {
      expect(familyNamed(family)).toBeDefined();
      expect(lat).toBeGreaterThanOrEqual(-7.49);
      expect(lat).toBeLessThanOrEqual(-7.17);
      expect(lon).toBeGreaterThanOrEqual(109.18);
      expect(lon).toBeLessThanOrEqual(109.59);
    }
  });

  test('gives every river a basin and levels in order below its sensor', () => {
    for (const { id, family, attributes } of roster.stations) {
      if (family !== 'river') continue;
      expect(roster.basins.has(id)).toBe(true);
      const levels = ['waspada', 'siaga', 'awas', 'h_ref'].map((name) => Number(attributes[name]));
      expect(levels).toEqual([...levels].sort((a, b) => a - b));
      expect(levels.every((level) => level > 0)).toBe(true);
    }
  });
});

describe('the rosters', () => {
  test('have the demo: 13 stations, three weather masts, ten bins in three clusters', () => {
    const count = (family: string): number => purbalingga.stations.filter((each) => each.family === family).length;
    expect([count('river'), count('air'), count('waste'), count('weather')]).toEqual([6, 4, 3, 3]);
    const bins = purbalingga.devices.filter(({ id }) => id.startsWith('pbg-w'));
    expect(bins).toHaveLength(10);
    expect(purbalingga.devices).toHaveLength(23);
  });

  test('mix families as 4 : 3 : 2 : 1 in a synthetic fleet, with every one in it, the same for the same seed', () => {
    const { stations } = manyDevices(1_000, 5);
    const count = (family: string): number => stations.filter((each) => each.family === family).length;
    const tenth = ['air', 'waste', 'river', 'weather'].map(count).reduce((sum, each) => sum + each) / 10;
    const shares = ['air', 'waste', 'river', 'weather'].map((family) => Math.round(count(family) / tenth));
    expect(shares).toEqual([4, 3, 2, 1]);
    for (const { name } of FAMILIES) expect(count(name), name).toBeGreaterThan(50);
    expect(manyDevices(50, 5)).toEqual(manyDevices(50, 5));
    expect(manyDevices(50, 5).stations[0]).not.toEqual(manyDevices(50, 6).stations[0]);
  });

  test('register the interval that the settings give, so that silence is judged by it', () => {
    const every = (settings: unknown) => rosterOf(SimSettings.parse(settings)).devices.map((device) => device.every.ms);
    expect(new Set(every({}))).toEqual(new Set([5_000]));
    expect(new Set(every({ interval: '1m' }))).toEqual(new Set([60_000]));
    expect(every({ devices: 3, interval: '30s' })).toEqual([30_000, 30_000, 30_000]);
  });

  test('come from settings that refuse what they do not know', () => {
    expect(() => SimSettings.parse({ speedup: 2 })).toThrow(/speedup/);
    expect(() => SimSettings.parse({ url: 'http://127.0.0.1' })).toThrow();
    expect(Object.isFrozen(SimSettings.parse({}))).toBe(true);
  });
});
