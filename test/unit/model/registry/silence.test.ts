import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { minutes, seconds } from '#model/base/duration.ts';
import { silentSince } from '#model/registry/silence.ts';

const device = { every: minutes(1), from: 1_000_000, lastSeen: undefined };
const grace = seconds(30);

describe('a device', () => {
  test('is silent once three reports and the grace have passed since it was last seen', () => {
    const seen = { ...device, lastSeen: 2_000_000 };
    expect(silentSince(seen, 2_210_000, grace)).toBeUndefined();
    expect(silentSince(seen, 2_210_001, grace)).toBe(2_210_000);
  });

  test('that never spoke is silent the same time after it was first expected', () => {
    expect(silentSince(device, 1_210_000, grace)).toBeUndefined();
    expect(silentSince(device, 1_210_001, grace)).toBe(1_210_000);
  });

  test('that is silent stays so, since the same moment, until it speaks', () => {
    const moment = fc.integer({ min: 0, max: 10_000_000 });
    fc.assert(
      fc.property(moment, moment, moment, (lastSeen, now, more) => {
        const since = silentSince({ ...device, lastSeen }, now, grace);
        if (since === undefined) return;
        expect(since).toBeLessThan(now);
        expect(silentSince({ ...device, lastSeen }, now + more, grace)).toBe(since);
        expect(silentSince({ ...device, lastSeen: now }, now, grace)).toBeUndefined();
      }),
    );
  });
});
