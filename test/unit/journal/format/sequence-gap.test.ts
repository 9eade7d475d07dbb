import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { copyingJournal, copyJournal } from '#journal/read/copy.ts';
import { assignedBetween, isSkipped, gapAfter, missingIn, nextAfter } from '#journal/format/sequence-gap.ts';
import { openJournalReader } from '#journal/read/reader.ts';
import { adoptCopy } from '#journal/write/adopt-copy.ts';
import { fragileDisk } from '#test/support/fakes/fragile-disk.ts';
import {
  ALL,
  fill,
  fillSlowly,
  JOURNALS,
  type JournalKind,
  sequencesOf,
  startWriter,
} from '#test/support/builders/journals.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const AWAY = 2 ** 40;
const never = new AbortController().signal;

const read = (folder: string) => openJournalReader(folder, { clock: manualClock() });

const filesIn = (folder: string): ReadonlyMap<string, Buffer> =>
  new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(folder, name)).isFile())
      .map((name) => [name, readFileSync(join(folder, name))]),
  );

/** Copies a journal and adopts the copy. */
const copyOf = async (folder: string, random = 0.5): Promise<string> => {
  const into = join(tempFolder(), 'journal');
  await copyJournal(folder, into, () => undefined, never);
  await adoptCopy(into, into, () => random);
  return into;
};

describe.for(JOURNALS)('a copy of a journal of $name', (kind: JournalKind) => {
  test('continues after a gap with the same id, and reports no damage', async () => {
    const folder = tempFolder();
    const original = await startWriter(kind, folder, { segmentBytes: 300 });
    await fillSlowly(original, 1, 10);
    const copy = await copyOf(folder);
    await fillSlowly(original, 11, 15);

    const log = silentLog();
    const writer = await startWriter(kind, copy, {}, { log });
    expect(writer.id).toBe(original.id);
    const reader = await read(copy);
    const first = await reader.read(3, ALL);
    expect(first.entries.map(({ sequence }) => sequence)).toEqual([4, 5, 6, 7, 8, 9, 10]);
    expect(first.damaged).toEqual([]);
    await fill(writer, 1, 3);
    const next = await reader.read(first.through, ALL);
    expect(next.damaged).toEqual([]);
    expect(next.entries).toHaveLength(3);
    for (const { sequence } of next.entries) expect(sequence).toBeGreaterThan(AWAY);
    expect((await reader.read(10, ALL)).damaged).toEqual([]);
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([]);
    expect((await writer.received(0, 1e6)).counts.reduce((sum, { count }) => sum + count, 0)).toBe(13);
  });

  test('has the counts before its first entry, although the file of an hour is newer than its end', async () => {
    const folder = tempFolder();
    const original = await startWriter(kind, folder);
    await fill(original, 1, 4);
    const copy = await copyOf(folder);
    const hour = { journal: original.id, hour: 5, through: 7, counts: [['dev-1', 3]] };
    writeFileSync(`${copy}/received/5.json`, JSON.stringify(hour));
    const log = silentLog();
    const writer = await startWriter(kind, copy, {}, { log });
    expect((await writer.received(5, 5)).counts).toEqual([{ sender: 'dev-1', hour: 5, count: 3 }]);
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('continues after its gap when it was stopped before its first entry', async () => {
    const folder = tempFolder();
    await fill(await startWriter(kind, folder), 1, 4);
    const copy = await copyOf(folder);
    const begun = await startWriter(kind, copy);
    const { last } = begun.state();
    await begun.stop();
    const again = await startWriter(kind, copy);
    expect(again.state().last).toBe(last);
    await fill(again, 1, 1);
    expect(await sequencesOf(await read(copy))).toEqual([1, 2, 3, 4, last + 1]);
  });

  test('assigns each number once when it is copied before its first entry', async () => {
    const folder = tempFolder();
    await fill(await startWriter(kind, folder), 1, 4);
    const restored = await copyOf(folder, 0.5);
    const begun = await startWriter(kind, restored);
    await begun.stop();
    const again = await copyOf(restored, 0.25);
    await fill(await startWriter(kind, restored), 1, 3);
    await fill(await startWriter(kind, again), 1, 3);
    const numbers = [...(await sequencesOf(await read(restored))), ...(await sequencesOf(await read(again)))];
    const behind = numbers.filter((number) => number > 4);
    expect(behind).toHaveLength(6);
    expect(new Set(behind).size).toBe(6);
  });

  test('refuses a reader at an entry of the original only', async () => {
    const folder = tempFolder();
    await fill(await startWriter(kind, folder), 1, 4);
    const copy = await copyOf(folder);
    await fill(await startWriter(kind, copy), 1, 2);
    const reader = await read(copy);
    await expect(reader.read(6, ALL)).rejects.toMatchObject({ code: 'JOURNAL_FOREIGN' });
  });

  test('is refused without a readable id', async () => {
    const folder = tempFolder();
    await fill(await startWriter(kind, folder), 1, 4);
    const into = join(tempFolder(), 'journal');
    await copyJournal(folder, into, () => undefined, never);
    rmSync(join(into, 'journal.json'));
    await expect(adoptCopy(into, into, Math.random)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
  });

  test('has the entries that were synced at its start, while the original is written', async () => {
    const folder = tempFolder();
    const original = await startWriter(kind, folder, { segmentBytes: 2_000 });
    await fill(original, 1, 50);
    const into = join(tempFolder(), 'journal');
    const copying = copyJournal(folder, into, () => undefined, never);
    await fillSlowly(original, 51, 120);
    const { last } = await copying;
    expect(last).toBeGreaterThanOrEqual(50);
    expect(await sequencesOf(await read(into))).toEqual(Array.from({ length: last }, (_, i) => i + 1));
  });

  test('is complete after an immediate power cut', async () => {
    const folder = tempFolder();
    await fillSlowly(await startWriter(kind, folder, { segmentBytes: 300 }), 1, 10);
    const into = join(tempFolder(), 'journal');
    const disk = fragileDisk();
    await copyingJournal(disk.files)(folder, into, () => undefined, never);
    const whole = filesIn(into);
    disk.powerOff();
    disk.lose({ keep: () => 0, zeros: () => 0, position: () => 0, isFound: () => false });
    expect(filesIn(into)).toEqual(whole);
    expect([...whole.keys()]).toEqual(expect.arrayContaining(['journal.json', 'position', 'received/through.json']));
    expect(await sequencesOf(await read(into))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('is refused without a journal', async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'none'));
    const into = join(tempFolder(), 'journal');
    await expect(copyJournal(join(folder, 'none'), into, () => undefined, never)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(readdirSync(join(folder, 'none'))).toEqual([]);
  });
});

test('a journal without gaps has the first version of its identity', async () => {
  const folder = tempFolder();
  const [kind] = JOURNALS;
  if (kind === undefined) throw new Error('there is no journal');
  await startWriter(kind, folder);
  expect(JSON.parse(readFileSync(join(folder, 'journal.json'), 'utf8'))).toMatchObject({ version: 1 });
});

describe('a gap', () => {
  const leap = fc.record({ after: fc.nat(), at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }) });

  test('is long, and ends at the next number', () => {
    fc.assert(
      fc.property(leap, ({ after, at }) => {
        const made = gapAfter(after, () => at);
        expect(made.next - after).toBeGreaterThanOrEqual(AWAY);
        expect(Number.isSafeInteger(made.next)).toBe(true);
        expect(nextAfter(after, [made])).toBe(made.next);
        expect(nextAfter(made.next - 1, [made])).toBe(made.next);
        expect(nextAfter(made.next, [made])).toBe(made.next + 1);
        expect([after, after + 1, made.next - 2, made.next - 1].map((each) => isSkipped(each, [made]))).toEqual([
          false,
          true,
          true,
          false,
        ]);
      }),
    );
  });

  test('is not damage, but entries missing before it are', () => {
    const made = gapAfter(10, () => 0);
    const where = 'somewhere';
    expect(missingIn({ from: 11, to: made.next - 1, where }, [made])).toBeUndefined();
    expect(missingIn({ from: 8, to: made.next - 1, where }, [made])).toEqual({ from: 8, to: 10, where });
    expect(missingIn({ from: 8, to: 9, where }, [made])).toEqual({ from: 8, to: 9, where });
  });
});

test('the backlog of a reader counts assigned numbers, and not those of a gap', () => {
  const step = fc.integer({ min: 1, max: 6 });
  fc.assert(
    fc.property(fc.array(fc.tuple(step, step), { maxLength: 4 }), fc.nat(60), fc.nat(60), (steps, a, b) => {
      let at = 0;
      const leaps = steps.map(([run, width]) => {
        const after = at + run;
        at = after + width;
        return { after, next: at + 1 };
      });
      const [after, through] = [Math.min(a, b), Math.max(a, b)];
      const isGivenOut = (number: number): boolean => !leaps.some((leap) => number > leap.after && number < leap.next);
      const numbers = Array.from({ length: through - after }, (_, i) => after + 1 + i);
      expect(assignedBetween(after, through, leaps)).toBe(numbers.filter(isGivenOut).length);
    }),
  );
});
