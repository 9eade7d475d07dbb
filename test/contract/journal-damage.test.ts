import { cpSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { JournalSettings } from '#journal/settings.ts';
import type { WriterDeps } from '#journal/write/writer.ts';
import { eventually } from '#test/support/eventually.ts';
import {
  ALL,
  fill,
  fillSlowly,
  flip,
  JOURNALS,
  segmentsOf,
  sequencesOf,
  startWriter,
} from '#test/support/builders/journals.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { packetOf } from '#test/support/builders/packets.ts';
import { runScript } from '#test/support/processes/run-node.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

describe.for(JOURNALS)('a journal of $name', (kind) => {
  const startIn = (folder: string, change: Partial<JournalSettings> = {}, deps: Partial<WriterDeps> = {}) =>
    startWriter(kind, folder, change, deps);
  const reading = (folder: string) => kind.open(folder, { clock: manualClock() });

  test('cuts a torn write at every byte of it', async () => {
    const folder = tempFolder();
    const writer = await startIn(folder);
    await fill(writer, 1, 5);
    await writer.stop();
    const whole = tempFolder();
    cpSync(folder, whole, { recursive: true });
    const again = await startIn(whole);
    const from = again.state().bytes;
    await fill(again, 6, 6);
    const to = again.state().bytes;
    await again.stop();
    const [torn = ''] = segmentsOf(whole);
    const [tail = ''] = segmentsOf(folder);
    const bytes = readFileSync(torn);
    for (let length = from; length <= to; length += 1) {
      writeFileSync(tail, bytes.subarray(0, length));
      const recovered = await startIn(folder);
      expect(recovered.state()).toMatchObject(length < to ? { last: 5, bytes: from } : { last: 6, bytes: to });
      // a complete entry that readers did not see is moved to another file
      expect(statSync(tail).size).toBe(from);
      await recovered.stop();
    }
  });

  describe('damage', () => {
    test('inside a closed segment is named, stepped over and costs one entry', async () => {
      const folder = tempFolder();
      const writer = await startIn(folder, { segmentBytes: 1_000 });
      await fillSlowly(writer, 1, 40);
      const [first = ''] = segmentsOf(folder);
      const { size } = statSync(first);
      const reader = await reading(folder);
      const whole = await sequencesOf(reader);
      for (let at = 0; at < size; at += 5) {
        flip(first, at);
        const { entries, damaged, through } = await (await reading(folder)).read(0, ALL);
        flip(first, at);
        expect(damaged).toHaveLength(1);
        const [{ from, to, where } = { from: 0, to: 0, where: '' }] = damaged;
        expect(where).toContain('byte');
        expect([from, through]).toEqual([to, 40]);
        expect(entries.map(({ sequence }) => sequence)).toEqual(whole.filter((sequence) => sequence !== from));
      }
      expect(await sequencesOf(reader)).toEqual(whole);
    });

    test('at the end of a closed segment reaches to the next segment', async () => {
      const folder = tempFolder();
      const writer = await startIn(folder, { segmentBytes: 1_000 });
      await fillSlowly(writer, 1, 40);
      const [first = '', second = ''] = segmentsOf(folder);
      truncateSync(first, 300);
      const next = Number(/(\d+)\.seg$/.exec(second)?.[1]);
      const { entries, damaged, through } = await (await reading(folder)).read(0, ALL);
      expect(damaged).toMatchObject([{ to: next - 1 }]);
      expect(entries.length + next - (damaged[0]?.from ?? 0)).toBe(40);
      expect(through).toBe(40);
    });

    test('in what was acknowledged last never gives a number out twice', async () => {
      const folder = tempFolder();
      const writer = await startIn(folder);
      await fill(writer, 1, 10);
      await writer.stop();
      const [only = ''] = segmentsOf(folder);
      truncateSync(only, statSync(only).size - 5);
      const log = silentLog();
      const again = await startIn(folder, {}, { log });
      expect(log.lines).toContainEqual(
        expect.objectContaining({ fields: expect.objectContaining({ code: 'JOURNAL_DAMAGED', from: 10, to: 10 }) }),
      );
      expect(again.append(packetOf(11)).sequence).toBe(11);
      await again.stop();
      const { entries, damaged } = await (await reading(folder)).read(8, ALL);
      expect(entries.map(({ sequence }) => sequence)).toEqual([9, 11]);
      expect(damaged).toMatchObject([{ from: 10, to: 10 }]);
    });

    test('in what was counted already, by a checkpoint that a kill cut short, never gives a number out twice', async () => {
      const folder = tempFolder();
      const writer = await startIn(folder);
      await fill(writer, 1, 10);
      await writer.stop();
      const [only = ''] = segmentsOf(folder);
      truncateSync(only, 200);
      rmSync(`${folder}/position`);
      rmSync(`${folder}/received/through.json`);
      const log = silentLog();
      const again = await startIn(folder, {}, { log });
      expect(log.lines).toContainEqual(
        expect.objectContaining({ fields: expect.objectContaining({ code: 'JOURNAL_DAMAGED', to: 10 }) }),
      );
      expect(again.append(packetOf(11)).sequence).toBe(11);
      await again.stop();
      const { through, counts } = await again.received(0, 1e9);
      expect([through, counts.reduce((sum, { count }) => sum + count, 0)]).toEqual([11, 11]);
    });

    test('in intake counts beyond the end of the journal is reported', async () => {
      const folder = tempFolder();
      const writer = await startIn(folder);
      await fill(writer, 1, 10);
      const strange = `${folder}/received/5.json`;
      writeFileSync(strange, JSON.stringify({ journal: writer.id, hour: 5, through: 1e6, counts: [['dev-1', 1]] }));
      await expect(writer.received(0, 10)).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED', retry: false });
      rmSync(strange);
      expect((await writer.received(0, 1e9)).through).toBe(10);
    });

    test('in the last segment with entries behind it is stepped over at a start', async () => {
      const folder = tempFolder();
      const writer = await startIn(folder);
      await fill(writer, 1, 10);
      await writer.stop();
      const [only = ''] = segmentsOf(folder);
      flip(only, 60);
      const again = await startIn(folder);
      expect(again.append(packetOf(11)).sequence).toBe(11);
      await again.stop();
      const { entries, damaged } = await (await reading(folder)).read(0, ALL);
      expect([entries.length, damaged]).toEqual([10, [expect.objectContaining({ from: 1, to: 1 })]]);
    });
  });

  test('loses nothing acknowledged and counts right when its process is killed', async () => {
    const folder = tempFolder();
    let acknowledged = 0;
    for (let round = 0; round < 2; round += 1) {
      const child = runScript('journal-child.ts', ['write', folder, '100kB']);
      await eventually(() => expect(child.lines.length).toBeGreaterThan(40));
      child.process.kill('SIGKILL');
      acknowledged = Number((await child.ended).at(-1));
      const writer = await startIn(folder);
      const { entries } = await (await reading(folder)).read(0, ALL);
      expect(entries.map(({ sequence }) => sequence)).toEqual(
        Array.from({ length: writer.state().last }, (_, i) => i + 1),
      );
      expect(entries.length).toBeGreaterThanOrEqual(acknowledged);
      const plain = Map.groupBy(entries, ({ sender }) => sender);
      const { counts } = await writer.received(0, 1e9);
      const received = counts.map(({ sender, count }) => [sender, count] as const);
      expect(new Map(received)).toEqual(new Map([...plain].map(([sender, each]) => [sender, each.length])));
      await writer.stop();
    }
  });
});
