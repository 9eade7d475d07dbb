import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { partIn, type Scenario, type Values } from '#firmware-sim/scenario.ts';
import { SCENARIOS } from '#firmware-sim/scenarios/index.ts';
import { SimSettings } from '#firmware-sim/settings.ts';
import { minutes, seconds } from '#model/base/duration.ts';
import { instantOf } from '#test/support/clocks/instant-of.ts';
import { cast, familyOf, play, playerNamed } from './played.ts';

const BEGIN = instantOf('2026-11-24T03:00:00Z');
const names = cast().map(({ device }) => device.id);

/** Impossible reports of a device: properties that are not its own or missing, out of range, or too fine. */
const flawsOf = (id: string, values: Values): readonly unknown[] => {
  const { station } = playerNamed(id);
  const { properties } = familyOf(station);
  const missing = Object.keys(properties).filter((name) => !values.has(name));
  const wrong = [...values].filter(([name, value]) => {
    const { range, decimals, rangeAttributes } = properties[name] ?? { range: [1, 0], decimals: 0 };
    const own = station.attributes[rangeAttributes?.high ?? ''];
    const high = typeof own === 'number' ? own : range[1];
    return !(value >= range[0] && value <= high) || Number(value.toFixed(decimals)) !== value;
  });
  return [...missing, ...wrong];
};

describe.for(SCENARIOS)('the scenario $name', (scenario) => {
  const on = { scenarios: [scenario], seed: 1, begin: BEGIN, mishaps: false };

  test('tells the same again with the same seed', () => {
    for (const id of names) expect(play(on, id, seconds(200))).toEqual(play(on, id, seconds(200)));
  });

  test('tells the same of a moment whatever was asked before', () => {
    for (const player of cast()) {
      const [fresh, used] = [partIn([scenario], player), partIn([scenario], player)];
      const ordinary = new Map(Object.keys(familyOf(player.station).properties).map((name) => [name, 1]));
      fc.assert(
        fc.property(fc.nat(3_600_000), fc.nat(3_600_000), (ms, other) => {
          used?.(ordinary, { now: { ms: other }, before: { ms: 0 } });
          const elapsed = { now: { ms }, before: { ms: Math.max(0, ms - 5_000) } };
          expect(used?.(ordinary, elapsed)).toEqual(fresh?.(ordinary, elapsed));
          expect(scenario.isCutOff?.(player, { ms })).toBe(scenario.isCutOff?.(player, { ms }));
        }),
        { numRuns: 20 },
      );
    }
  });

  test.for([1, 60])(
    'keeps every property in its range and as its sensor resolves it, at a speed-up of %s',
    (speedUp) => {
      for (const id of names) {
        for (const { values } of play({ ...on, speedUp }, id, minutes(7))) expect(flawsOf(id, values)).toEqual([]);
      }
    },
  );
});

describe('scenarios together', () => {
  const lift = (name: string): Scenario => ({
    name,
    summary: name,
    partOf: () => (ordinary) => new Map([...ordinary].map(([property, value]) => [property, value * 2 + 1])),
  });

  test('play one after another', () => {
    const part = partIn([lift('one'), lift('two')], playerNamed('pbg-a01'));
    const elapsed = { now: seconds(1), before: seconds(0) };
    expect(part?.(new Map([['pm10', 3]]), elapsed)).toEqual(new Map([['pm10', 15]]));
  });

  test('give no part to a device that none of them concerns', () => {
    expect(partIn(SCENARIOS, playerNamed('pbg-w03-1'))).toBeUndefined();
    expect(partIn([], playerNamed('pbg-a01'))).toBeUndefined();
  });

  test('are settings by name, and no other name is', () => {
    expect(SimSettings.parse({ scenarios: ['flood', 'outage'] }).scenarios).toEqual(['flood', 'outage']);
    expect(SimSettings.parse({}).scenarios).toEqual([]);
    expect(() => SimSettings.parse({ scenarios: ['drought'] })).toThrow(/demo-storm/);
  });
});
