import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeServiceClock } from '#dashboards/console/time/service-clock.ts';
import { MORNING } from '#test/support/builders/readings.ts';

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;

/** The clocks of a device whose wall time is off by so much. */
const aDevice = (off: number) => {
  let wall = MORNING + off;
  let steady = 5_000;
  return {
    clocks: { wall: () => wall, steady: () => steady },
    pass: (ms: number): void => {
      wall += ms;
      steady += ms;
    },
    sleep: (ms: number): void => {
      wall += ms;
    },
    set: (by: number): void => {
      wall += by;
    },
  };
};

describe('the time of the service on a device', () => {
  test('is the device’s own until it is heard', () => {
    const device = aDevice(-HOUR);
    expect(makeServiceClock(device.clocks).now()).toBe(MORNING - HOUR);
  });

  test.for([-YEAR, 0, 3 * YEAR])('goes on from what was heard, with a clock that is %i ms off', (off) => {
    const device = aDevice(off);
    const clock = makeServiceClock(device.clocks);
    expect(clock.set(MORNING)).toBe(true);
    expect(clock.now()).toBe(MORNING);
    device.pass(90_500);
    expect(clock.now()).toBe(MORNING + 90_500);
  });

  test('is never more than a second from any answer, and never goes back for the cut of its seconds', () => {
    const spans = fc.array(fc.integer({ min: 0, max: 60_000 }), { maxLength: 50 });
    fc.assert(
      fc.property(spans, fc.integer({ min: 0, max: 999 }), (passed, fraction) => {
        const device = aDevice(YEAR);
        const clock = makeServiceClock(device.clocks);
        let service = MORNING + fraction;
        let before = 0;
        for (const span of passed) {
          device.pass(span);
          service += span;
          clock.set(Math.floor(service / 1_000) * 1_000);
          expect(clock.now()).toBeLessThanOrEqual(service);
          expect(clock.now()).toBeGreaterThan(service - 1_000);
          expect(clock.now()).toBeGreaterThanOrEqual(before);
          before = clock.now();
        }
      }),
    );
  });

  test('has gone on while the device slept', () => {
    const device = aDevice(0);
    const clock = makeServiceClock(device.clocks);
    clock.set(MORNING);
    device.sleep(8 * HOUR);
    expect(clock.now()).toBe(MORNING + 8 * HOUR);
  });

  test('does not go back when the clock of the device is set back, and is right again with the next answer', () => {
    const device = aDevice(YEAR);
    const clock = makeServiceClock(device.clocks);
    clock.set(MORNING);
    device.pass(10_000);
    device.set(-YEAR);
    expect(clock.now()).toBe(MORNING + 10_000);
    device.set(2 * YEAR);
    expect(clock.set(MORNING + 10_000)).toBe(true);
    expect(clock.now()).toBe(MORNING + 10_000);
  });

  test('follows the service when its clock is set, ahead or back', () => {
    const clock = makeServiceClock(aDevice(0).clocks);
    for (const time of [MORNING, MORNING + YEAR, MORNING - HOUR]) {
      expect(clock.set(time)).toBe(true);
      expect(clock.now()).toBe(time);
    }
  });
});
