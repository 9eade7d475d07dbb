import { cpSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { JournalReader, JournalWriter, ReceivedCount } from '#journal/journal.ts';
import { openJournalReader } from '#journal/reader.ts';
import { JournalSettings } from '#journal/settings.ts';
import { startJournalWriter, type WriterDeps } from '#journal/writer.ts';
import { hours, seconds } from '#model/duration.ts';
import { hourOf } from '#model/instant.ts';
import type { Packet } from '#model/packet.ts';
import { eventually } from '#test/support/eventually.ts';
import { fragileDisk } from '#test/support/fragile-disk.ts';
import { manualClock } from '#test/support/manual-clock.ts';
import { anyPacket, packetOf } from '#test/support/packets.ts';
import { runScript } from '#test/support/run-node.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { tempFolder } from '#test/support/temp-folder.ts';

/** Every way to keep a journal; each passes this suite. */
const JOURNALS = [{ name: 'segments', start: startJournalWriter, open: openJournalReader }];

const ALL = { entries: 1e6, bytes: 1e9 };
const SCRIPT = 'journal-child.ts';

describe.for(JOURNALS)('a journal of $name', ({ start, open }) => {
  const startIn = async (
    folder: string,
    change: Partial<JournalSettings> = {},
    deps: Partial<WriterDeps> = {},
  ): Promise<JournalWriter> => {
    const settings = { ...JournalSettings.parse({}), reserveBytes: 0, ...change };
    const writer = await start(folder, settings, { clock: manualClock(), log: silentLog(), ...deps });
    onTestFinished(() => writer.stop());
    return writer;
  };

  const reading = (folder: string): Promise<JournalReader> => open(folder, { clock: manualClock() });

  const fill = async (writer: JournalWriter, from: number, to: number, change: Partial<Packet> = {}): Promise<void> => {
    const synced: Promise<void>[] = [];
    for (let n = from; n <= to; n += 1) synced.push(writer.append(packetOf(n, change)).synced);
    await Promise.all(synced);
  };

  /** One entry at a time, so that segments of one entry can be made. */
  const fillSlowly = async (
    writer: JournalWriter,
    from: number,
    to: number,
    change: Partial<Packet> = {},
  ): Promise<void> => {
    for (let n = from; n <= to; n += 1) await writer.append(packetOf(n, change)).synced;
  };

  const sequencesOf = async (reader: JournalReader, after = 0): Promise<number[]> =>
    (await reader.read(after, ALL)).entries.map(({ sequence }) => sequence);

  const segmentsOf = (folder: string): string[] =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.seg'))
      .map((name) => `${folder}/${name}`);

  const flip = (path: string, at: number): void => {
    const bytes = readFileSync(path);
    bytes[at] = (bytes[at] ?? 0) ^ 0x40;
    writeFileSync(path, bytes);
  };

  test('gives back every field of every packet, in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyPacket(1_000), { minLength: 1, maxLength: 30 }), async (packets) => {
        const folder = tempFolder();
        const writer = await startIn(folder);
        const appended = packets.map((packet) => writer.append(packet));
        await Promise.all(appended.map(({ synced }) => synced));
        const { entries, through, damaged } = await (await reading(folder)).read(0, ALL);
        expect(entries).toEqual(packets.map((packet, i) => ({ ...packet, sequence: i + 1 })));
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

    test('tells a reader that asks for what is gone, and keeps counting what was received', async () => {
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
      expect(again.received(hourOf(OLD), hourOf(OLD)).counts).toEqual([
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

  test('tells a reader that the journal was made anew', async () => {
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
    expect(writer.received(hour, hour + 5)).toEqual({ journal: writer.id, through: 30, counts });
    expect(writer.received(hour + 1, hour + 5).counts).toEqual(counts.slice(1));
    await writer.stop();
    expect((await startIn(folder)).received(0, 1e9)).toEqual({ journal: writer.id, through: 30, counts });
  });

  test('removes counts older than 400 days', async () => {
    const folder = tempFolder();
    const writer = await startIn(folder);
    await fill(writer, 1, 1, { receivedAt: manualClock().now() - hours(24 * 401).ms });
    await fill(writer, 2, 2);
    await writer.stop();
    expect((await startIn(folder)).received(0, 1e9).counts).toHaveLength(1);
  });

  test('loses nothing acknowledged and counts right when its process is killed', async () => {
    const folder = tempFolder();
    let acknowledged = 0;
    for (let round = 0; round < 2; round += 1) {
      const child = runScript(SCRIPT, ['write', folder, '100kB']);
      await eventually(() => expect(child.lines.length).toBeGreaterThan(40), seconds(10));
      child.process.kill('SIGKILL');
      acknowledged = Number((await child.ended).at(-1));
      const writer = await startIn(folder);
      const { entries } = await (await reading(folder)).read(0, ALL);
      expect(entries.map(({ sequence }) => sequence)).toEqual(
        Array.from({ length: writer.state().last }, (_, i) => i + 1),
      );
      expect(entries.length).toBeGreaterThanOrEqual(acknowledged);
      const plain = Map.groupBy(entries, ({ sender }) => sender);
      const received = writer.received(0, 1e9).counts.map(({ sender, count }) => [sender, count] as const);
      expect(new Map(received)).toEqual(new Map([...plain].map(([sender, each]) => [sender, each.length])));
      await writer.stop();
    }
  });
});
