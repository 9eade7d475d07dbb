import { describe, expect, test } from 'vitest';
import { createPace } from '#firmware-sim/device/pace.ts';
import { createSimulatedTime } from '#firmware-sim/simulated-time.ts';
import { type Duration, hours, minutes, seconds } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';

const aPace = ({
  every = minutes(1),
  speedUp = 1,
  span = hours(6),
}: Partial<Record<'every' | 'span', Duration>> & { readonly speedUp?: number }) => {
  const clock = manualClock();
  const time = createSimulatedTime(clock, speedUp, span);
  const begin = time.now();
  const times: Instant[] = [];
  const pace = createPace({ clock, time }, every, (at) => times.push(at));
  pace.start();
  return { clock, times, pace, begin };
};

const stepsOf = (times: readonly Instant[]): ReadonlySet<number> =>
  new Set(times.slice(1).map((at, i) => at - (times[i] ?? at)));

describe('a pace', () => {
  test('changes on the way, is not disturbed by the same interval, and ends', async () => {
    const { clock, times, pace } = aPace({});
    await clock.advance(seconds(50));
    pace.change(minutes(1));
    await clock.advance(seconds(10));
    expect(times).toEqual([clock.now()]);
    pace.change(seconds(10));
    await clock.advance(minutes(1));
    expect(times).toHaveLength(7);
    pace.stop();
    pace.change(seconds(1));
    await clock.advance(minutes(1));
    expect(times).toHaveLength(7);
  });

  test('keeps its interval in simulated time, up to the present and on', async () => {
    const { clock, times, begin } = aPace({ every: seconds(5), speedUp: 240 });
    await clock.advance(minutes(1));
    expect(times).toHaveLength(hours(4).ms / seconds(5).ms);
    expect(times[0]).toBe(begin + seconds(5).ms);
    expect(stepsOf(times)).toEqual(new Set([seconds(5).ms]));
    await clock.advance(minutes(1));
    expect(Math.max(...stepsOf(times))).toBeLessThan(seconds(10).ms);
    expect(times.at(-1)).toBeGreaterThan(clock.now() - seconds(6).ms);
    expect(times.every((at) => at <= clock.now())).toBe(true);
  });

  test('makes a bounded number of readings where the time is too fast for its interval', async () => {
    const { clock, times } = aPace({ every: seconds(1), speedUp: 86_400, span: hours(24 * 365) });
    await clock.advance(seconds(10));
    expect(times).toHaveLength(2_400);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });
});
