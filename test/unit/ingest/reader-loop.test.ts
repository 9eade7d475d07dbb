import { describe, expect, onTestFinished, test } from 'vitest';
import { startReaderLoop } from '#ingest/reader-loop.ts';
import { type Duration, hours, minutes, seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { aRun } from '#test/support/builders/runs.ts';

const RUN = { ...aRun([]), from: 1, to: 5 };

/** A reader with one batch, which a store that asks for patience refuses until it is told to take it. */
const startRefused = (retryAfter: Duration | undefined) => {
  const clock = manualClock();
  const tries: number[] = [];
  const loop = startReaderLoop(
    {
      name: 'storing',
      start: { journal: 'j', sequence: 0 },
      interrupted: undefined,
      take: () => {
        tries.push(clock.monotonic());
        return Promise.reject(new Fault('STORE_FAILED', 'slow down', { retry: true, retryAfter }));
      },
    },
    { clock, log: silentLog(), random: () => 0, source: { next: async () => RUN } },
  );
  onTestFinished(() => loop.stop());
  return { clock, tries };
};

describe('a reader whose store is away', () => {
  test('tries the same batch again with growing pauses', async () => {
    const { clock, tries } = startRefused(undefined);
    await clock.advance(seconds(60));
    expect(tries.slice(0, 8)).toEqual([0, 125, 375, 875, 1_875, 3_875, 7_875, 15_375]);
  });

  test('comes back no sooner than the store asks for', async () => {
    const { clock, tries } = startRefused(seconds(20));
    await clock.advance(seconds(45));
    expect(tries).toEqual([0, 20_000, 40_000]);
  });

  test('is not held off for longer than five minutes by a store that asks for a day', async () => {
    const { clock, tries } = startRefused(hours(24));
    await clock.advance(minutes(11));
    expect(tries).toEqual([0, 300_000, 600_000]);
  });
});
