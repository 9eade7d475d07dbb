import { describe, expect, test } from 'vitest';
import { createSimulatedTime } from '#firmware-sim/simulated-time.ts';
import { hours, minutes, seconds } from '#model/base/duration.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';

describe('simulated time', () => {
  test('is the present at a speed-up of 1', async () => {
    const clock = manualClock();
    const time = createSimulatedTime(clock, 1, hours(24));
    await clock.advance(minutes(3));
    expect(time.now()).toBe(clock.now());
  });

  test('starts in the past, runs up to the present and never passes it', async () => {
    const clock = manualClock();
    const start = clock.now();
    const time = createSimulatedTime(clock, 60, hours(1));
    expect(time.now()).toBe(start - hours(1).ms);
    await clock.advance(seconds(10));
    expect(time.now()).toBe(start - hours(1).ms + minutes(10).ms);
    await clock.advance(minutes(5));
    expect(time.now()).toBe(clock.now());
  });
});
