import { describe, expect, test } from 'vitest';
import { balance } from '#ingest/ledger/balance.ts';
import { groupLines } from '#ingest/ledger/group.ts';
import { hourOf } from '#model/base/instant.ts';
import { MORNING } from '#test/support/builders/readings.ts';

const HOUR = hourOf(MORNING);
const SHORT = { processed: 1, quarantined: 0, discarded: 0 };

/** Two devices in three hours; `a` lacks a message in the first hour and has one too many in the second. */
const lines = balance(
  {
    journal: 'j',
    through: 9,
    counts: ['a', 'b'].flatMap((sender) => [0, 1, 24].map((after) => ({ sender, hour: HOUR + after, count: 2 }))),
  },
  ['a', 'b'].flatMap((device) =>
    [0, 1, 24].map((after) => {
      const processed = device === 'a' && after < 2 ? 1 + 2 * after : 2;
      return { ...SHORT, journal: 'j', device, hour: HOUR + after, processed };
    }),
  ),
  [],
  [],
);

describe('lines of the ledger', () => {
  test('are added up by device, and what is short in one hour is not made good by another', () => {
    const groups = groupLines(lines, 'device', 'UTC');
    expect(groups).toMatchObject([
      { of: 'a', received: 6, processed: 6, balanced: false },
      { of: 'b', received: 6, processed: 6, balanced: true },
    ]);
  });

  test('are added up by hour and by day', () => {
    expect(groupLines(lines, 'hour', 'UTC').map(({ of, received }) => [of, received])).toEqual([
      ['2026-11-24T03:00:00.000Z', 4],
      ['2026-11-24T04:00:00.000Z', 4],
      ['2026-11-25T03:00:00.000Z', 4],
    ]);
    expect(groupLines(lines, 'day', 'Asia/Jakarta').map(({ of, received }) => [of, received])).toEqual([
      ['2026-11-24', 8],
      ['2026-11-25', 4],
    ]);
  });
});
