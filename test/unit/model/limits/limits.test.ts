import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { milliseconds, seconds } from '#model/base/duration.ts';
import { isLoopback, sourceOf } from '#model/limits/address.ts';
import { RateLimiter } from '#model/limits/rate-limiter.ts';

describe('a bucket', () => {
  test('never gives more than its burst and its rate, whenever it is asked', () => {
    const law = fc.property(
      fc.integer({ min: 1, max: 1_000 }),
      fc.integer({ min: 1, max: 10_000 }),
      fc.array(fc.nat({ max: 500 }), { minLength: 1, maxLength: 200 }),
      (perSecond, burstMs, pauses) => {
        const bucket = new RateLimiter(perSecond, milliseconds(burstMs), 0);
        let now = 0;
        let given = 0;
        for (const pause of pauses) {
          now += pause;
          if (bucket.tryTake(now)) given += 1;
        }
        expect(given).toBeLessThanOrEqual(
          Math.max(1, (perSecond * burstMs) / 1_000) + (perSecond * now) / 1_000 + 1e-6,
        );
      },
    );
    fc.assert(law);
  });

  test('is out of debt exactly when it said', () => {
    const bucket = new RateLimiter(100, seconds(1), 0);
    bucket.take(250, 0);
    expect(bucket.debtMs(0)).toBeCloseTo(1_500);
    expect(bucket.debtMs(1_499)).toBeGreaterThan(0);
    expect(bucket.debtMs(1_500)).toBeCloseTo(0);
    expect([bucket.isFull(2_499), bucket.isFull(2_501)]).toEqual([false, true]);
  });
});

describe('an address', () => {
  test.for([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:aaaa::1', '2001:db8:1:2'],
    ['2001:0DB8:1:2:bbbb:1:2:3', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::1', '0:0:0:0'],
  ] as const)('%s is counted as %s', ([address, source]) => {
    expect(sourceOf(address)).toBe(source);
  });

  test('of loopback is known in every form', () => {
    expect(['127.0.0.1', '::ffff:127.0.0.1', '::1', '127.9.9.9'].every(isLoopback)).toBe(true);
    expect(['192.0.2.1', '::2', '2001:db8::127.0.0.1'].some(isLoopback)).toBe(false);
  });
});
