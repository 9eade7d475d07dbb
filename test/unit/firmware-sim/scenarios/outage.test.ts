import { describe, expect, test } from 'vitest';
import { outage } from '#firmware-sim/scenarios/outage.ts';
import { type Duration, minutes, seconds } from '#model/base/duration.ts';
import { cast, playerNamed } from './played.ts';

const isCutOff = (id: string, seed: number, elapsed: Duration): boolean =>
  outage.isCutOff?.(playerNamed(id, seed), elapsed) === true;

const cutOff = (seed: number, elapsed: Duration): readonly string[] =>
  cast(seed)
    .slice(0, 23)
    .filter((player) => outage.isCutOff?.(player, elapsed) === true)
    .map(({ device }) => device.id);

describe('an outage', () => {
  test.for([1, 2, 3, -4])('takes a third of the fleet with seed %s, of every family some', (seed) => {
    const gone = cutOff(seed, minutes(2));
    expect(gone.length).toBeGreaterThanOrEqual(7);
    expect(gone.length).toBeLessThanOrEqual(8);
    expect(new Set(gone.map((id) => id.charAt(4)))).toEqual(new Set(['r', 'a', 'w', 'c']));
  });

  test('lasts from the first minute to the third, the same devices all the while', () => {
    const [first] = cutOff(1, minutes(2));
    if (first === undefined) throw new Error('nobody is cut off');
    const during = Array.from({ length: 600 }, (_, i) => i).filter((i) => isCutOff(first, 1, seconds(i)));
    expect([during[0], during.at(-1), during.length]).toEqual([60, 179, 120]);
    expect(cutOff(1, seconds(60))).toEqual(cutOff(1, seconds(179)));
  });

  test('comes back every ten minutes', () => {
    expect(cutOff(1, minutes(12))).toEqual(cutOff(1, minutes(2)));
    expect(cutOff(1, minutes(14))).toEqual([]);
  });
});
