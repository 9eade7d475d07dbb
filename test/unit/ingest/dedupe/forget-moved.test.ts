import { expect, onTestFinished, test } from 'vitest';
import { startForgettingMoved } from '#ingest/dedupe/forget-moved.ts';
import { hours, minutes } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import { eventually } from '#test/support/eventually.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';

test('forgets where readings were moved as the journal is trimmed, and waits out a folder and a database that are away', async () => {
  const clock = manualClock();
  const asked: string[] = [];
  let first: number | undefined;
  const forgetting = startForgettingMoved({
    clock,
    reader: { id: 'j', first: async () => first ?? Promise.reject(new Error('no such folder')) },
    operations: {
      forgetMoved: async (journal, before) => {
        asked.push(`${journal} ${before}`);
        if (asked.length === 1) throw new Fault('OPERATIONS_FAILED', 'it is held', { retry: true });
      },
    },
  });
  onTestFinished(() => forgetting.stop());
  await eventually(() => expect(clock.waiting()).toBe(1));
  expect(asked).toEqual([]);
  first = 7;
  await clock.advance(minutes(1));
  await eventually(() => expect(asked).toEqual(['j 7']));
  await clock.advance(minutes(1));
  await eventually(() => expect(asked).toHaveLength(2));
  first = 9;
  await clock.advance(hours(1));
  await eventually(() => expect(asked.at(-1)).toBe('j 9'));
});
