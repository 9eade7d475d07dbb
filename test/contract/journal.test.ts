import { cpSync, rmSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ReceivedCount } from '#journal/journal.ts';
import type { JournalSettings } from '#journal/settings.ts';
import type { WriterDeps } from '#journal/write/writer.ts';
import { hours, seconds } from '#model/base/duration.ts';
import { hourOf } from '#model/base/instant.ts';
import { eventually } from '#test/support/eventually.ts';
import { fragileDisk } from '#test/support/fakes/fragile-disk.ts';
import {
  ALL,
  fill,
  fillSlowly,
  JOURNALS,
  segmentsOf,
  sequencesOf,
  startWriter,
} from '#test/support/builders/journals.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { anyPacket, packetOf, readable } from '#test/support/builders/packets.ts';
import { runScript } from '#test/support/processes/run-node.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const SCRIPT = 'journal-child.ts';

describe.for(JOURNALS)('a journal of $name', (kind) => {
  const startIn = (folder: string, change: Partial<JournalSettings> = {}, deps: Partial<WriterDeps> = {}) =>
    startWriter(kind, folder, change, deps);
  const reading = (folder: string) => kind.open(folder, { clock: manualClock() });

  test('gives back every field of every packet, in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyPacket(1_000), { minLength: 1, maxLength: 30 }), async (packets) => {
        const folder = tempFolder();
        const writer = await startIn(folder);
        const appended = packets.map((packet) => writer.append(packet));
        await Promise.all(appended.map(({ synced }) => synced));
        const { entries, through, damaged } = await (await reading(folder)).read(0, ALL);
        expect(entries.map(readable)).toEqual(packets.map((packet, i) => readable({ ...packet, sequence: i + 1 })));
        expect({ through, damaged }).toEqual({ through: packets.length, damaged: [] });
        await writer.stop();
      }),
      { numRuns: 10 },
    );
  });

  test('takes a packet larger than a segment and than a read', async () => {
    const folder = tempFolder();
    const writer = await startIn(folder, { segmentBytes: 4_096 });
    const payload = Buffer.alloc(3_000_000, 'klawing');
    await fill(writer, 1, 1, { payload });
    await fill(writer, 2, 2);
    const { entries } = await (await reading(folder)).read(0, ALL);
    expect(entries.map((entry) => entry.payload.length)).toEqual([3_000_000, packetOf(2).payload.length]);
    expect(payload.equals(entries[0]?.payload ?? Buffer.alloc(0))).toBe(true);
  });

  test('numbers densely across restarts and keeps its id', async () => {
    const folder = tempFolder();
    const ids = new Set<string>();
    for (let round = 0; round < 3; round += 1) {
      const writer = await startIn(folder, { segmentBytes: 500 });
      ids.add(writer.id);
      await fillSlowly(writer, round * 10 + 1, round * 10 + 10);
      await writer.stop();
    }
    const reader = await reading(folder);
    expect(await sequencesOf(reader)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect([...ids]).toEqual([reader.id]);
  });

  test('gives the packets of one group one promise and calls back in the order of arrival', async () => {
    const writer = await startIn(tempFolder());
    const order: number[] = [];
    const appended = [1, 2, 3, 4].map((n) => writer.append(packetOf(n)));
    expect(new Set(appended.map(({ synced }) => synced)).size).toBe(1);
    await Promise.all(appended.map(({ sequence, synced }) => synced.then(() => order.push(sequence))));
    expect(order).toEqual([1, 2, 3, 4]);
    expect(writer.state()).toMatchObject({ commits: 1, last: 4, first: 1, stalled: undefined });
  });

  test('keeps to the limits of a read and goes on behind it', async () => {
    const folder = tempFolder();
    const writer = await startIn(folder, { segmentBytes: 700 });
    await fillSlowly(writer, 1, 40);
    const reader = await reading(folder);
    const seen: number[] = [];
    for (let after = 0; after < 40; ) {
      const batch = await reader.read(after, { entries: 7, bytes: 400 });
      expect(batch.entries.length).toBeGreaterThan(0);
      expect(batch.entries.length).toBeLessThanOrEqual(7);
      seen.push(...batch.entries.map(({ sequence }) => sequence));
      after = batch.through;
    }
    expect(seen).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(await reader.read(40, ALL)).toEqual({ entries: [], damaged: [], through: 40 });
    for (const after of [0, 13, 39, 2]) expect(await sequencesOf(reader, after)).toHaveLength(40 - after);
  });

  test('shows a reader in another process what is synced', async () => {
    const folder = tempFolder();
    const writer = await startIn(folder);
    await fill(writer, 1, 25);
    const [line = ''] = await runScript(SCRIPT, ['read', folder]).ended;
    const read = Array.from({ length: 25 }, (_, i) => i + 1);
    expect(JSON.parse(line)).toEqual({ id: writer.id, synced: 25, through: 25, read });
  });

  test('shows readers nothing that is written and not synced', async () => {
    const folder = tempFolder();
    const disk = fragileDisk();
    const writer = await startIn(folder, {}, { files: disk.files });
    await fill(writer, 1, 5);
    const release = disk.holdSyncs();
    const { synced } = writer.append(packetOf(6));
    await eventually(() => expect(statSync(segmentsOf(folder)[0] ?? '').size).toBeGreaterThan(writer.state().bytes));
    const reader = await reading(folder);
    expect([reader.synced(), await sequencesOf(reader)]).toEqual([5, [1, 2, 3, 4, 5]]);
    const [line = ''] = await runScript(SCRIPT, ['read', folder]).ended;
    expect(JSON.parse(line)).toMatchObject({ synced: 5, read: [1, 2, 3, 4, 5] });
    release();
    await synced;
    expect(await sequencesOf(reader, 5)).toEqual([6]);
  });

  test('serves two readers, each at its own place', async () => {
    const folder = tempFolder();
    const writer = await startIn(folder, { segmentBytes: 600 });
    await fillSlowly(writer, 1, 20);
    const [keep, watch] = [await reading(folder), await reading(folder)];
    expect((await watch.read(0, ALL)).through).toBe(20);
    expect((await keep.read(0, { entries: 3, bytes: 1e6 })).through).toBe(3);
    await fillSlowly(writer, 21, 22);
    expect(await sequencesOf(watch, 20)).toEqual([21, 22]);
    expect(await sequencesOf(keep, 3)).toHaveLength(19);
  });

  test('counts packets of kind readings between two numbers', async () => {
    const folder = tempFolder();
    const writer = await startIn(folder, { segmentBytes: 600 });
    await fillSlowly(writer, 1, 10);
    await fill(writer, 11, 12, { kind: 'status' });
    await fill(writer, 13, 15, { sender: 'river-02' });
    const reader = await reading(folder);
    const hour = hourOf(packetOf(1).receivedAt);
    expect(await reader.count(4, 14)).toEqual([
      { sender: 'air-01', hour, count: 6 },
      { sender: 'river-02', hour, count: 2 },
    ]);
    expect(await reader.count(15, 99)).toEqual([]);
  });

  test('counts a long stretch beside the event loop, and the same', async () => {
    const folder = tempFolder();
    const writer = await startIn(folder, { segmentBytes: 200_000 });
    for (let n = 0; n < 12_000; n += 500) await fill(writer, n + 1, n + 500);
    const reader = await reading(folder);
    const sum = (counts: readonly ReceivedCount[]): number => counts.reduce((all, { count }) => all + count, 0);
    expect(sum(await reader.count(0, 12_000))).toBe(12_000);
    expect(sum(await reader.count(700, 11_000))).toBe(10_300);
    expect(sum(await reader.count(700, 99_000))).toBe(11_300);
    const parts = [await reader.count(0, 4_000), await reader.count(4_000, 8_000), await reader.count(8_000, 12_000)];
    const senders = (counts: readonly ReceivedCount[]): readonly string[] =>
      [...new Set(counts.map(({ sender, hour }) => `${sender} ${hour}`))].toSorted();
    expect(senders(await reader.count(0, 12_000))).toEqual(senders(parts.flat()));
    const [first = '', second = ''] = segmentsOf(folder);
    rmSync(first);
    await expect(reader.count(0, 12_000)).rejects.toMatchObject({ code: 'JOURNAL_TRIMMED' });
    expect(sum(await reader.count(Number.parseInt(basename(second), 10) - 1, 12_000))).toBeGreaterThan(5_000);
  });

  describe('trimming', () => {
    const OLD = manualClock().now() - hours(2).ms;
    const small = { segmentBytes: 300, keepRaw: hours(1) };

    test('unlinks whole segments that are passed and older than the retention, never the one in use', async () => {
      const folder = tempFolder();
      const writer = await startIn(folder, small);
      await fillSlowly(writer, 1, 30, { receivedAt: OLD });
      const before = writer.state();
      await writer.passed(15);
      const middle = writer.state();
      expect(middle.first).toBeGreaterThan(10);
      expect(middle.first).toBeLessThanOrEqual(16);
      expect(middle.bytes).toBeLessThan(before.bytes);
      expect(segmentsOf(folder)).toHaveLength(middle.segments);
      await writer.passed(30);
      expect(writer.state()).toMatchObject({ segments: 1, last: 30 });
      expect(await (await reading(folder)).first()).toBe(writer.state().first);
    });

    test('keeps what is passed but younger than the retention', async () => {
      const writer = await startIn(tempFolder(), small);
      await fillSlowly(writer, 1, 30, { receivedAt: manualClock().now() });
      await writer.passed(30);
      expect(writer.state().first).toBe(1);
    });

    test('makes nothing older by a clock that said less for a while', async () => {
      const writer = await startIn(tempFolder(), small);
      const now = manualClock().now();
      await fillSlowly(writer, 1, 2, { receivedAt: now });
      await fillSlowly(writer, 3, 30, { receivedAt: 0 });
      await writer.passed(30);
      expect(writer.state().first).toBe(1);
    });

    test('makes nothing younger or older by a clock that was ahead for a while', async () => {
      const writer = await startIn(tempFolder(), small);
      const now = manualClock().now();
      await fillSlowly(writer, 1, 10, { receivedAt: OLD });
      await fillSlowly(writer, 11, 20, { receivedAt: now + hours(9_000).ms });
      await fillSlowly(writer, 21, 25, { receivedAt: OLD });
      const { first } = writer.state();
      await writer.passed(25);
      expect(writer.state().first).toBeGreaterThan(first + 15);
      await fillSlowly(writer, 26, 40, { receivedAt: now });
      await writer.passed(40);
      expect(writer.state().first).toBeLessThanOrEqual(26);
    });

    test('goes on when a clock that was ahead for so long that it removed segments is set right', async () => {
      const clock = manualClock();
      const right = clock.now();
      const writer = await startIn(tempFolder(), small, { clock });
      clock.set(right + hours(9_000).ms);
      await fillSlowly(writer, 1, 20, { receivedAt: clock.now() - hours(2).ms });
      await writer.passed(20);
      expect(writer.state().first).toBeGreaterThan(1);
      clock.set(right);
      await fillSlowly(writer, 21, 40, { receivedAt: OLD });
      await writer.passed(40);
      expect(writer.state().segments).toBe(1);
    });

    test('waits until the counts of what goes are on disk', async () => {
      const disk = fragileDisk();
      const writer = await startIn(tempFolder(), small, { files: disk.files });
      disk.failing.set('rename', 'EIO');
      await fillSlowly(writer, 1, 30, { receivedAt: OLD });
      await writer.passed(30);
      expect(writer.state()).toMatchObject({ first: 1, stalled: undefined });
      disk.failing.clear();
      await writer.passed(30);
      expect(writer.state().segments).toBe(1);
    });

    test('refuses a reader that asks for removed entries, and keeps the intake counts', async () => {
      const folder = tempFolder();
      const writer = await startIn(folder, small);
      await fillSlowly(writer, 1, 30, { receivedAt: OLD });
      const reader = await reading(folder);
      await reader.read(0, { entries: 1, bytes: 1 });
      await writer.passed(30);
      for (const each of [reader, await reading(folder)]) {
        await expect(each.read(1, ALL)).rejects.toMatchObject({ code: 'JOURNAL_TRIMMED' });
      }
      await writer.stop();
      const again = await startIn(folder, small);
      expect((await again.received(hourOf(OLD), hourOf(OLD))).counts).toEqual([
        { sender: 'air-01', hour: hourOf(OLD), count: 30 },
      ]);
      expect(again.append(packetOf(31)).sequence).toBe(31);
    });
  });

  describe('the bound', () => {
    test('refuses packets when it is reached and takes them again when readers have passed', async () => {
      const folder = tempFolder();
      const writer = await startIn(folder, { maxBytes: 4_000, segmentBytes: 1_000 });
      const refuse = async (): Promise<void> => {
        for (let n = 1; n < 1_000; n += 1) await writer.append(packetOf(n)).synced;
      };
      await expect(refuse()).rejects.toMatchObject({ code: 'JOURNAL_FULL', retry: true });
      const full = writer.state();
      expect(full.stalled).toBe('bound');
      expect(full.bytes).toBeGreaterThan(3_900);
      expect(await sequencesOf(await reading(folder))).toHaveLength(full.last);
      await writer.passed(full.last);
      expect(writer.state().stalled).toBeUndefined();
      expect(writer.append(packetOf(1)).sequence).toBe(full.last + 1);
    });

    test('is never reached while readers keep up, even where a segment could be larger than it', async () => {
      const writer = await startIn(tempFolder(), { maxBytes: 4_000 });
      for (let n = 1; n <= 300; n += 1) {
        const { sequence, synced } = writer.append(packetOf(n));
        await synced;
        await writer.passed(sequence);
      }
      expect(writer.state().bytes).toBeLessThanOrEqual(4_000);
      expect(writer.state().last).toBe(300);
    });
  });

  test('stops acknowledging at the disk reserve, keeps reading, and goes on when space is back', async () => {
    const folder = tempFolder();
    const disk = fragileDisk();
    const clock = manualClock();
    const writer = await startIn(folder, { reserveBytes: 1_000_000 }, { files: disk.files, clock });
    await fill(writer, 1, 10);
    disk.free = 999_000;
    await clock.advance(seconds(1));
    await eventually(() => expect(writer.state().stalled).toBe('reserve'));
    expect(() => writer.append(packetOf(11))).toThrow(expect.objectContaining({ code: 'JOURNAL_FULL', retry: true }));
    expect(await sequencesOf(await reading(folder))).toHaveLength(10);
    disk.free = 2_000_000;
    await clock.advance(seconds(1));
    await eventually(() => expect(writer.state().stalled).toBeUndefined());
    expect(writer.append(packetOf(11)).sequence).toBe(11);
  });

  test('refuses a second writer, in this process and in another, until the first has stopped', async () => {
    const folder = tempFolder();
    const writer = await startIn(folder);
    await expect(startIn(folder)).rejects.toMatchObject({
      code: 'JOURNAL_LOCKED',
      detail: expect.stringContaining(folder),
    });
    expect(await runScript(SCRIPT, ['start', folder]).ended).toEqual(['JOURNAL_LOCKED']);
    await fill(writer, 1, 1);
    await writer.stop();
    await writer.stop();
    expect(await runScript(SCRIPT, ['start', folder]).ended).toEqual(['started']);
  });

  test('reports a new journal to a reader', async () => {
    const [folder, other] = [tempFolder(), tempFolder()];
    await fill(await startIn(folder), 1, 3);
    await fill(await startIn(other), 1, 3);
    const reader = await reading(folder);
    for (const name of ['journal.json', 'position']) cpSync(`${other}/${name}`, `${folder}/${name}`);
    await expect(reader.read(0, ALL)).rejects.toMatchObject({ code: 'JOURNAL_FOREIGN' });
  });

  test('does not read segments of another journal as its own', async () => {
    const [folder, other] = [tempFolder(), tempFolder()];
    await fill(await startIn(folder), 1, 3);
    await fill(await startIn(other), 1, 3);
    const name = '00000000000000000001.seg';
    cpSync(`${other}/${name}`, `${folder}/${name}`);
    expect(await (await reading(folder)).read(0, ALL)).toMatchObject({
      entries: [],
      damaged: [{ from: 1, to: 3 }],
      through: 3,
    });
  });

  test('counts what was received per sender and hour, and still does after a restart', async () => {
    const folder = tempFolder();
    const writer = await startIn(folder, { segmentBytes: 500 });
    const hour = hourOf(packetOf(0).receivedAt);
    await fill(writer, 1, 20);
    await fill(writer, 21, 25, { sender: 'river-02', receivedAt: (hour + 5) * 3_600_000 });
    await fill(writer, 26, 30, { kind: 'will' });
    const counts: ReceivedCount[] = [
      { sender: 'air-01', hour, count: 20 },
      { sender: 'river-02', hour: hour + 5, count: 5 },
    ];
    expect(await writer.received(hour, hour + 5)).toEqual({ journal: writer.id, through: 30, counts });
    expect((await writer.received(hour + 1, hour + 5)).counts).toEqual(counts.slice(1));
    await writer.stop();
    expect(await (await startIn(folder)).received(0, 1e9)).toEqual({ journal: writer.id, through: 30, counts });
  });

  test('removes counts older than 400 days', async () => {
    const folder = tempFolder();
    const writer = await startIn(folder);
    await fill(writer, 1, 1, { receivedAt: manualClock().now() - hours(24 * 401).ms });
    await fill(writer, 2, 2);
    await writer.stop();
    expect((await (await startIn(folder)).received(0, 1e9)).counts).toHaveLength(1);
  });
});
