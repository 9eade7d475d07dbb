import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JournalReader, JournalWriter } from '#journal/journal.ts';
import { openJournalReader } from '#journal/read/reader.ts';
import { JournalSettings } from '#journal/settings.ts';
import { startJournalWriter } from '#journal/write/writer.ts';
import { milliseconds, seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import { hourOf } from '#model/base/instant.ts';
import type { Entry, Packet } from '#model/readings/packet.ts';
import { eventually } from '#test/support/eventually.ts';
import { fragileDisk, type FragileDisk, type Remains } from '#test/support/fakes/fragile-disk.ts';
import { manualClock, type ManualClock } from '#test/support/clocks/manual-clock.ts';
import { anyPacket, readable } from '#test/support/builders/packets.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { TEST } from '#test/support/limits.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

/** Small segments and a small bound, so that each run closes segments, deletes them and refuses packets. */
const settings = JournalSettings.parse({ segmentBytes: 2_000, maxBytes: 30_000, reserveBytes: 0, keepRaw: '1h' });

/** Number of runs; `KLAWING_TEST_RUNS=1000` for a long search. */
const RUNS = Number(process.env['KLAWING_TEST_RUNS'] ?? 60);

type FailingCall = 'write' | 'publish' | 'rename' | 'sync' | 'open' | 'syncFolder';

type Step =
  | { readonly do: 'append'; readonly packets: readonly Packet[] }
  | { readonly do: 'sync' | 'reopen' | 'checkpoint' }
  | { readonly do: 'kill'; readonly failing: FailingCall | undefined }
  | { readonly do: 'fail'; readonly call: FailingCall; readonly code: string }
  | {
      readonly do: 'crash';
      readonly kept: number;
      readonly zeros: number;
      readonly lag: number;
      readonly isFound: boolean;
    }
  | { readonly do: 'pass'; readonly share: number }
  | { readonly do: 'read'; readonly entries: number; readonly bytes: number };

const share = fc.double({ min: 0, max: 1, noNaN: true });

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      packets: fc.array(anyPacket(), { minLength: 1, maxLength: 8 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('sync' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('reopen' as const, 'checkpoint' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('fail' as const),
      call: fc.constantFrom<FailingCall[]>('write', 'publish', 'rename', 'sync', 'open', 'syncFolder'),
      code: fc.constantFrom('EIO', 'ENOSPC'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('kill' as const),
      failing: fc.constantFrom<(FailingCall | undefined)[]>('write', 'publish', 'sync', undefined),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('crash' as const),
      kept: share,
      zeros: share,
      lag: share,
      isFound: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), share }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      entries: fc.integer({ min: 1, max: 20 }),
      bytes: fc.integer({ min: 1, max: 3_000 }),
    }),
  },
);

const remains = (crash: Extract<Step, { do: 'crash' }>): Remains => ({
  keep: (unsynced) => Math.floor(crash.kept * (unsynced + 0.999)),
  zeros: (lost) => Math.floor(crash.zeros * (lost + 0.999)),
  position: (versions) => Math.min(versions - 1, Math.floor(crash.lag * versions)),
  isFound: () => crash.isFound,
});

type Settled = ReturnType<typeof readable<Entry>>;

/** The journal, and a plain array of its expected entries. */
class Run {
  private readonly folder: string;
  private readonly clock: ManualClock = manualClock();
  private disk: FragileDisk = fragileDisk();
  private writer!: JournalWriter;
  private reader!: JournalReader;
  /** Entries by number that were acknowledged or read, and must not change. */
  private readonly settled = new Map<number, Settled>();
  /** All packets by the number that they received. */
  private readonly given = new Map<number, Settled[]>();
  private outstanding: Promise<void>[] = [];
  private cursor = 0;
  private passed = 0;

  constructor(folder: string) {
    this.folder = folder;
  }

  async start(): Promise<void> {
    const deps = { clock: this.clock, log: silentLog(), files: this.disk.files };
    this.writer = await startJournalWriter(this.folder, settings, deps);
    this.reader = await openJournalReader(this.folder, deps);
  }

  append(packets: readonly Packet[]): void {
    for (const packet of packets) {
      try {
        const { sequence, synced } = this.writer.append(packet);
        const entry = readable({ ...packet, sequence });
        this.given.set(sequence, [...(this.given.get(sequence) ?? []), entry]);
        this.outstanding.push(synced.then(() => this.settle(entry), expectOutage));
      } catch (error) {
        expectOutage(error);
      }
    }
  }

  private settle(entry: Settled): void {
    expect(this.settled.get(entry.sequence) ?? entry).toEqual(entry);
    this.settled.set(entry.sequence, entry);
  }

  async sync(): Promise<void> {
    await Promise.all(this.outstanding);
    this.outstanding = [];
  }

  async fail(call: FailingCall, code: string): Promise<void> {
    await this.clock.advance(milliseconds(0));
    this.disk.failing.set(call, code);
    await this.clock.advance(milliseconds(0));
    await this.sync();
    await this.clock.advance(seconds(2));
    this.disk.failing.clear();
    await eventually(async () => {
      await this.clock.advance(seconds(1));
      expect(this.writer.state().stalled).not.toBe('error');
      expect(this.reader.synced()).toBe(this.writer.state().last);
    });
  }

  /** Ends the process, possibly while a call fails: the kernel keeps what was written, also what a failed sync did not write. */
  async kill(failing: FailingCall | undefined): Promise<void> {
    if (failing !== undefined) this.disk.failing.set(failing, 'EIO');
    await this.sync();
    this.disk.powerOff();
    await this.writer.stop();
    await this.sync();
    this.disk.powerOn();
    await this.start();
    await this.verify();
  }

  async crash(left: Remains): Promise<void> {
    await this.clock.advance(milliseconds(0));
    this.disk.powerOff();
    await this.writer.stop();
    await Promise.all(this.outstanding);
    this.outstanding = [];
    this.disk.lose(left);
    this.disk = fragileDisk();
    await this.start();
    await this.verify();
  }

  async reopen(): Promise<void> {
    await this.writer.stop();
    await this.sync();
    await this.start();
    await this.verify();
  }

  async pass(part: number): Promise<void> {
    this.passed = Math.max(this.passed, Math.floor(part * this.cursor));
    await this.writer.passed(this.passed);
    expect(this.writer.state().first).toBeLessThanOrEqual(this.passed + 1);
  }

  async read(entries: number, bytes: number): Promise<void> {
    const batch = await this.reader.read(this.cursor, { entries, bytes });
    this.check(batch.entries, this.cursor);
    expect(batch.damaged).toEqual([]);
    expect(batch.through).toBe(this.cursor + batch.entries.length);
    this.cursor = batch.through;
  }

  private check(entries: readonly Entry[], after: number): void {
    for (const [i, entry] of entries.map(readable).entries()) {
      expect(entry.sequence).toBe(after + 1 + i);
      expect(this.given.get(entry.sequence)).toContainEqual(entry);
      this.settle(entry);
    }
  }

  /** Checks that each acknowledged entry is stored once and in order, that numbers are dense, and that the counts are correct. */
  async verify(): Promise<void> {
    const { first, last } = this.writer.state();
    const batch = await this.reader.read(first - 1, { entries: 1e6, bytes: 1e9 });
    this.check(batch.entries, first - 1);
    expect(batch).toMatchObject({ damaged: [], through: Math.max(last, first - 1) });
    expect(Math.max(0, ...this.settled.keys())).toBe(last);
    const counted = new Map<string, number>();
    for (let sequence = 1; sequence <= last; sequence += 1) {
      const entry = this.settled.get(sequence);
      if (entry?.kind !== 'readings') continue;
      const key = JSON.stringify([entry.sender, hourOf(entry.receivedAt)]);
      counted.set(key, (counted.get(key) ?? 0) + 1);
    }
    const received = await this.writer.received(0, 1e9);
    expect(received.through).toBe(last);
    expect(new Map(received.counts.map(({ sender, hour, count }) => [JSON.stringify([sender, hour]), count]))).toEqual(
      counted,
    );
  }

  async take(step: Step): Promise<void> {
    if (step.do === 'append') this.append(step.packets);
    if (step.do === 'sync') await this.sync();
    if (step.do === 'checkpoint') await this.clock.advance(seconds(10));
    if (step.do === 'reopen') await this.reopen();
    if (step.do === 'kill') await this.kill(step.failing);
    if (step.do === 'fail') await this.fail(step.call, step.code);
    if (step.do === 'crash') await this.crash(remains(step));
    if (step.do === 'pass') await this.pass(step.share);
    if (step.do === 'read') await this.read(step.entries, step.bytes);
  }

  async end(): Promise<void> {
    await this.reopen();
    await this.writer.stop();
  }
}

const expectOutage = (error: unknown): void => {
  if (!(error instanceof Fault)) throw error;
  expect(error).toMatchObject({ retry: true, code: expect.stringMatching(/^JOURNAL_(FULL|WRITE_FAILED)$/) });
};

describe('a journal beside a plain array', () => {
  test(
    'agrees with it under random appends, failures, crashes, reopenings, trims and reads',
    async () => {
      const folder = tempFolder();
      let runs = 0;
      const law = fc.asyncProperty(fc.array(anyStep, { maxLength: 40, size: 'max' }), async (steps) => {
        const run = new Run(`${folder}/${(runs += 1)}`);
        await run.start();
        for (const step of steps) await run.take(step);
        await run.end();
      });
      await fc.assert(law, { numRuns: RUNS });
    },
    Math.max(TEST.ms, RUNS * seconds(10).ms),
  );
});
