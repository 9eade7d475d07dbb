import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TrustedTime } from '#process/trusted-time.ts';
import { days, type Duration, hours, milliseconds, minutes, seconds } from '#model/base/duration.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';

const YEAR = days(365);

const aTime = (before?: ConstructorParameters<typeof TrustedTime>[1]) => {
  const clock = manualClock();
  const began = clock.now();
  const time = new TrustedTime(clock, before);
  const jump = (by: Duration): void => clock.set(clock.now() + by.ms);
  /** Runs for this time with a check every minute; returns the jumps. */
  const run = async (span: Duration) => {
    const found = [];
    for (let passed = 0; passed < span.ms; passed += minutes(1).ms) {
      await clock.advance(minutes(1));
      found.push(...[time.check() ?? []].flat());
    }
    return found;
  };
  return { clock, began, time, jump, run };
};

describe('trusted time', () => {
  test('equals the clock while it is not set', async () => {
    const { clock, time, run } = aTime();
    expect(await run(days(2))).toEqual([]);
    expect(time.now()).toBe(clock.now());
  });

  test('follows small corrections of the clock', async () => {
    const { clock, time, jump, run } = aTime();
    for (const by of [minutes(5), milliseconds(-minutes(9).ms), seconds(30)]) {
      jump(by);
      expect(await run(minutes(2))).toEqual([]);
      expect(time.now()).toBe(clock.now());
    }
  });

  test('continues when the clock jumps a year ahead, reports it once, and accepts it after a day', async () => {
    const { clock, began, time, jump, run } = aTime();
    await run(hours(1));
    jump(YEAR);
    expect(time.now()).toBe(began + hours(1).ms);
    expect(await run(hours(23))).toEqual([{ ahead: YEAR, isAtStart: false }]);
    expect(time.now()).toBe(began + hours(24).ms);
    expect(await run(hours(2))).toEqual([]);
    expect(time.now()).toBe(clock.now());
  });

  test('follows a clock that was set back, and its later correction', async () => {
    const { clock, began, time, jump, run } = aTime();
    await run(minutes(1));
    jump({ ms: -YEAR.ms });
    expect(time.now()).toBe(clock.now());
    expect(await run(hours(1))).toEqual([{ ahead: { ms: -YEAR.ms }, isAtStart: false }]);
    jump(YEAR);
    expect(await run(hours(1))).toEqual([]);
    expect(time.now()).toBe(began + minutes(121).ms);
  });

  test('continues from the saved estimate after a restart, also after a jump', async () => {
    const first = aTime();
    await first.run(minutes(1));
    first.jump(YEAR);
    await first.run(hours(20));
    const noted = first.time.estimate();
    const { clock, time, jump, run } = aTime(noted);
    jump({ ms: YEAR.ms + hours(20).ms + minutes(1).ms });
    expect(await run(hours(3))).toEqual([]);
    expect(time.now()).toBe(noted.at + hours(3).ms);
    await run(hours(2));
    expect(time.now()).toBe(clock.now());
  });

  /** The next start after a stop of this time. */
  const after = ({ clock, time }: Pick<ReturnType<typeof aTime>, 'clock' | 'time'>, stop: Duration) => {
    const next = aTime(time.estimate());
    next.clock.set(clock.now() + stop.ms);
    return { ...next, found: next.time.check() };
  };

  test('is a few stops behind at most when the service is stopped for half of each day', async () => {
    let day: Pick<ReturnType<typeof aTime>, 'clock' | 'time' | 'run'> = aTime();
    for (let count = 0; count < 12; count += 1) {
      await day.run(hours(12));
      const next = after(day, hours(12));
      expect(next.found).toEqual({ ahead: hours(12), isAtStart: true });
      expect(next.clock.now() - next.time.now()).toBeLessThanOrEqual(hours(36).ms);
      day = next;
    }
  });

  test('observes a jump at a start for a whole day, after any earlier jumps', async () => {
    const first = aTime();
    const second = after(first, hours(12));
    await second.run(hours(23));
    const third = after(second, YEAR);
    await third.run(hours(3));
    expect(third.time.now()).toBe(third.clock.now() - YEAR.ms);
    await third.run(hours(20));
    expect(third.time.now()).toBe(third.clock.now() - YEAR.ms);
    await third.run(hours(2));
    expect(third.time.now()).toBe(third.clock.now());
  });

  test('remembers a jump back after a following stop', async () => {
    const first = aTime();
    await first.run(minutes(1));
    first.jump({ ms: -YEAR.ms });
    await first.run(hours(1));
    const second = after(first, hours(1));
    expect(second.time.estimate()).toMatchObject({ ahead: hours(1).ms - YEAR.ms, isWhileRunning: true });
  });

  test('remembers a jump ahead after a following stop', async () => {
    const first = aTime();
    await first.run(minutes(1));
    first.jump(YEAR);
    await first.run(hours(1));
    const second = after(first, hours(1));
    expect(second.found).toEqual({ ahead: hours(1), isAtStart: true });
    expect(second.time.estimate()).toMatchObject({ ahead: YEAR.ms + hours(1).ms, isWhileRunning: true });
  });

  test('accepts only times that the clock showed for a whole day of running, after any jumps and stops', async () => {
    const HALF = minutes(30);
    const stepsFrom = (min: number) => {
      const by = fc.integer({ min, max: 100 });
      return fc.array(fc.record({ by, isStop: fc.boolean(), looks: fc.integer({ min: 1, max: 60 }) }), {
        maxLength: 14,
      });
    };
    await fc.assert(
      fc.asyncProperty(fc.oneof(stepsFrom(-100), stepsFrom(0)), async (steps) => {
        // an incomplete correction is a new jump
        const isForward = steps.every(({ by }) => by >= 0);
        let { clock, time } = aTime();
        const began = clock.now();
        let ran = 0;
        const ahead = [{ ran: 0, by: 0 }];
        let most = 0;
        for (const { by, isStop, looks } of steps) {
          const set = clock.now() + by * HALF.ms;
          if (isStop) ({ clock, time } = aTime(time.estimate()));
          clock.set(set);
          time.check();
          ahead.push({ ran, by: set - began - ran });
          for (let look = 0; look < looks; look += 1) {
            await clock.advance(HALF);
            time.check();
            ran += HALF.ms;
            // values since the start of the day are included
            const from = ahead.findLastIndex((each) => each.ran <= ran - days(1).ms);
            const least = Math.min(...ahead.slice(Math.max(0, from)).map((each) => each.by));
            most = Math.max(most, least);
            expect(time.now()).toBeLessThanOrEqual(Math.min(clock.now(), began + ran + most));
            if (isForward) expect(time.now()).toBeGreaterThanOrEqual(began + ran + least);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  test('makes nothing older than the time that passed, for any jumps within a day', async () => {
    const steps = fc.array(
      fc.record({ by: fc.integer({ min: -1e12, max: 1e12 }), run: fc.integer({ min: 0, max: 60 }) }),
      {
        maxLength: 12,
      },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (given) => {
        const { clock, began, time, run } = aTime();
        let passed = 0;
        for (const { by, run: count } of given) {
          // tolerated differences add up, so that only jumps are tested here
          if (Math.abs(by) > minutes(10).ms * 20) clock.set(began + passed + by);
          await run(minutes(count));
          passed += minutes(count).ms;
          expect(time.now()).toBeLessThanOrEqual(began + passed);
          expect(time.now()).toBeLessThanOrEqual(clock.now());
        }
      }),
    );
  });
});
