import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { days, hours, seconds } from '#model/base/duration.ts';
import { formatInstant, formatLocal } from '#model/base/instant.ts';
import { TEST_CLOCKS } from '#test/runner/clocks.ts';
import { MORNING } from '#test/support/builders/readings.ts';

const moments = fc.integer({ min: MORNING, max: MORNING + days(20_000).ms });
const beginOf = (name: string, now: number): number =>
  TEST_CLOCKS.find((clock) => clock.name === name)?.beginAt?.(now) ?? Number.NaN;

describe('the clocks of a test run', () => {
  test('have names of their own, and each moves the clock or the zone', () => {
    expect(new Set(TEST_CLOCKS.map(({ name }) => name)).size).toBe(TEST_CLOCKS.length);
    for (const { name, beginAt, zone } of TEST_CLOCKS) expect(beginAt ?? zone, name).toBeDefined();
  });

  test('begin before midnight in WIB, whenever it is', () => {
    fc.assert(
      fc.property(moments, (now) => {
        const begin = beginOf('before-midnight', now);
        expect(formatLocal(begin, hours(7).ms)).toMatch(/T23:59:30\.000\+07:00$/);
        expect(begin).toBeGreaterThanOrEqual(now - seconds(30).ms);
      }),
    );
  });

  test('begin on a leap day, in WIB and in UTC', () => {
    const begin = beginOf('leap-day', MORNING);
    expect(formatInstant(begin)).toMatch(/^2028-02-29T/);
    expect(formatLocal(begin, hours(7).ms)).toMatch(/^2028-02-29T/);
  });

  test('take a zone that there is', () => {
    for (const { zone } of TEST_CLOCKS.filter((clock) => clock.zone !== undefined)) {
      expect(new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone).toBe(zone);
    }
  });
});
