import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countingWaiting } from '#ingest/ledger/backlog-count.ts';
import type { ReceivedCount } from '#journal/journal.ts';
import { Fault } from '#model/base/fault.ts';

/** A journal of so many entries, by three senders over five hours; tells how many of them were read. */
const journalOf = (entries: number) => {
  const journal = { read: 0, trimmed: 0 };
  const count = async (after: number, through: number): Promise<readonly ReceivedCount[]> => {
    if (after < journal.trimmed) throw new Fault('JOURNAL_TRIMMED', `entry ${after + 1} is gone`);
    const counts = new Map<string, ReceivedCount>();
    for (let sequence = after + 1; sequence <= Math.min(through, entries); sequence += 1) {
      journal.read += 1;
      const of = { sender: `box-${sequence % 3}`, hour: Math.floor((5 * sequence) / entries) };
      const key = `${of.sender} ${of.hour}`;
      counts.set(key, { ...of, count: (counts.get(key)?.count ?? 0) + 1 });
    }
    return [...counts.values()];
  };
  return { journal, count };
};

const inOrder = (counts: readonly ReceivedCount[]): readonly string[] =>
  counts.map(({ sender, hour, count }) => `${sender} ${hour} ${count}`).toSorted();

describe('what waits', () => {
  test('is what the journal counts, whatever was asked before', async () => {
    const calls = fc.array(fc.record({ after: fc.nat(300), length: fc.nat(300), trimmed: fc.nat(300) }), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(calls, async (asked) => {
        const { journal, count } = journalOf(300);
        const waiting = countingWaiting({ count });
        for (const { after, length, trimmed } of asked) {
          journal.trimmed = Math.min(trimmed, after);
          const through = after + length;
          expect(inOrder(await waiting(after, through))).toEqual(inOrder(await journalOf(300).count(after, through)));
        }
      }),
    );
  });

  test('is counted anew only as far as it changed', async () => {
    const { journal, count } = journalOf(100_000);
    const waiting = countingWaiting({ count });
    await waiting(0, 90_000);
    journal.read = 0;
    await waiting(500, 90_100);
    expect(journal.read).toBe(600);
    await waiting(500, 90_100);
    expect(journal.read).toBe(600);
    journal.read = 0;
    await waiting(89_000, 90_100);
    expect(journal.read).toBe(1_100);
  });

  test('is told to many who ask at one time, each what was asked for', async () => {
    const { count } = journalOf(1_000);
    const waiting = countingWaiting({ count });
    const answers = await Promise.all([waiting(0, 900), waiting(10, 950), waiting(5, 920), waiting(999, 1_000)]);
    const sums = answers.map((counts) => counts.reduce((sum, of) => sum + of.count, 0));
    expect(sums).toEqual([900, 940, 915, 1]);
  });

  test('is asked for again after a failure', async () => {
    let isBroken = true;
    const { count } = journalOf(10);
    const waiting = countingWaiting({
      count: (after, through) =>
        isBroken ? Promise.reject(new Fault('JOURNAL_FOREIGN', 'made anew')) : count(after, through),
    });
    await expect(waiting(0, 10)).rejects.toMatchObject({ code: 'JOURNAL_FOREIGN' });
    isBroken = false;
    expect(await waiting(0, 10)).not.toEqual([]);
  });
});
