import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { minutes } from '#model/base/duration.ts';
import { DEVICE_ID, STATION_ID } from '#model/registry/names.ts';
import { type Device, stationAt } from '#model/registry/device.ts';

const device = (...assignments: Device['assignments']): Device => ({
  id: 'dev-1',
  codec: 'json',
  every: minutes(1),
  fields: {},
  assignments,
  registeredAt: 0,
  revoked: false,
});

describe('the station of a device', () => {
  const moved = device({ station: 'old', from: 1_000 }, { station: 'new', from: 2_000 });

  test.for([
    [999, undefined],
    [1_000, 'old'],
    [1_999, 'old'],
    [2_000, 'new'],
    [9_000_000, 'new'],
  ] as const)('at %d is %s', ([at, station]) => {
    expect(stationAt(moved, at)).toBe(station);
  });

  test('is unknown without any assignment', () => {
    expect(stationAt(device(), 0)).toBeUndefined();
  });

  test('is that of the last assignment when two start together', () => {
    expect(stationAt(device({ station: 'a', from: 5 }, { station: 'b', from: 5 }), 5)).toBe('b');
  });

  test('is that of the newest assignment at or before the time', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(1_000), { minLength: 1 }), fc.nat(1_000), (starts, at) => {
        const sorted = starts.toSorted((a, b) => a - b);
        const found = stationAt(device(...sorted.map((from) => ({ station: `s${from}`, from }))), at);
        const expected = sorted.findLast((from) => from <= at);
        expect(found).toBe(expected === undefined ? undefined : `s${expected}`);
      }),
    );
  });
});

describe('the grammar of names', () => {
  test.for(['a', '0', 'a-b', 'a'.repeat(63)])('takes "%s" for a device', (name) => {
    expect(DEVICE_ID.test(name)).toBe(true);
  });

  test.for(['', '-a', 'A', 'a_b', 'a.b', 'a b', 'a\n', 'alerts', 'a'.repeat(64), 'é'])(
    'does not take "%s" for a device',
    (name) => {
      expect(DEVICE_ID.test(name)).toBe(false);
    },
  );

  test.for(['', '_a', '-a', 'a.b', 'a/b', 'a\n', 'a'.repeat(64)])('does not take "%s" for a station', (name) => {
    expect(STATION_ID.test(name)).toBe(false);
  });
});
