import { expect, test } from 'vitest';
import { makeReplacedReadings } from '#monitor/replaced-readings.ts';
import { hours, minutes } from '#model/base/duration.ts';
import { hourOf } from '#model/base/instant.ts';
import type { ReadingCount } from '#storage/operations/ledger.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';

// oxlint-disable-next-line max-params -- the columns of a row
const count = (device: string, hour: number, stored: number, revised: number, journal = 'j'): ReadingCount => ({
  journal,
  device,
  hour,
  decoded: stored,
  stored,
  duplicates: 0,
  refused: 0,
  revised,
  missing: 0,
});

test('a device replaces its readings where ten in an hour and more than 5 % of them did', () => {
  const clock = manualClock();
  const now = hourOf(clock.now());
  const counts = [
    count('few', now, 9, 9),
    count('rare', now, 200, 10),
    count('often', now, 199, 10),
    count('before', now - 1, 60, 30),
    count('spread', now - 1, 60, 9),
    count('spread', now, 60, 9),
    count('moved', now, 60, 6, 'a'),
    count('moved', now, 60, 6, 'b'),
  ];
  const asked: number[] = [];
  const find = makeReplacedReadings(minutes(5), {
    clock,
    operations: {
      readingCounts: ({ fromHour, toHour }) => {
        asked.push(toHour);
        return counts.filter(({ hour }) => hour >= fromHour && hour <= toHour);
      },
    },
  });
  expect(find()).toEqual([
    { device: 'often', revised: 10, stored: 199 },
    { device: 'before', revised: 30, stored: 60 },
    { device: 'moved', revised: 12, stored: 120 },
  ]);
  expect(find()).toHaveLength(3);
  expect(asked).toEqual([now]);
});

test('is found no more two hours later', async () => {
  const clock = manualClock();
  const counts = [count('often', hourOf(clock.now()), 60, 30)];
  const find = makeReplacedReadings(minutes(5), {
    clock,
    operations: { readingCounts: ({ fromHour }) => counts.filter(({ hour }) => hour >= fromHour) },
  });
  expect(find()).toHaveLength(1);
  await clock.advance(hours(2));
  expect(find()).toEqual([]);
});
