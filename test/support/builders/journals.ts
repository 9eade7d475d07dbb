import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import type { JournalReader, JournalWriter } from '#journal/journal.ts';
import { openJournalReader } from '#journal/read/reader.ts';
import { JournalSettings } from '#journal/settings.ts';
import { startJournalWriter, type WriterDeps } from '#journal/write/writer.ts';
import { systemClock } from '#model/base/clock.ts';
import type { Entry, Packet } from '#model/readings/packet.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { packetOf } from './packets.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';

/** A way to keep a journal. */
export interface JournalKind {
  readonly name: string;
  readonly start: typeof startJournalWriter;
  readonly open: typeof openJournalReader;
}

/** Every way there is; each passes the contract suites. */
export const JOURNALS: readonly JournalKind[] = [
  { name: 'segments', start: startJournalWriter, open: openJournalReader },
];

/** No limit to a read. */
export const ALL = { entries: 1e6, bytes: 1e9 };

/** Starts a writer without a disk reserve that is stopped when the running test has finished. */
export const startWriter = async (
  { start }: JournalKind,
  folder: string,
  change: Partial<JournalSettings> = {},
  deps: Partial<WriterDeps> = {},
): Promise<JournalWriter> => {
  const settings = { ...JournalSettings.parse({}), reserveBytes: 0, ...change };
  const writer = await start(folder, settings, { clock: manualClock(), log: silentLog(), ...deps });
  onTestFinished(() => writer.stop());
  return writer;
};

/** Appends packets all at once and waits until they are synced. */
export const fill = async (
  writer: JournalWriter,
  from: number,
  to: number,
  change: Partial<Packet> = {},
): Promise<void> => {
  const synced: Promise<void>[] = [];
  for (let n = from; n <= to; n += 1) synced.push(writer.append(packetOf(n, change)).synced);
  await Promise.all(synced);
};

/** Appends packets one by one, so that even small segments are closed in time. */
export const fillSlowly = async (
  writer: JournalWriter,
  from: number,
  to: number,
  change: Partial<Packet> = {},
): Promise<void> => {
  for (let n = from; n <= to; n += 1) await writer.append(packetOf(n, change)).synced;
};

export const sequencesOf = async (reader: JournalReader, after = 0): Promise<number[]> =>
  (await reader.read(after, ALL)).entries.map(({ sequence }) => sequence);

/** Paths of the segments, oldest first. */
export const segmentsOf = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.seg'))
    .sort()
    .map((name) => `${folder}/${name}`);

/** Every entry of a journal that can be read, by a reader of its own. */
export const readJournal = async (folder: string): Promise<readonly Entry[]> => {
  const reader = await openJournalReader(folder, { clock: systemClock });
  const entries: Entry[] = [];
  for (let after = (await reader.first()) - 1; ; ) {
    const batch = await reader.read(after, { entries: 10_000, bytes: 2 ** 24 });
    entries.push(...batch.entries);
    if (batch.through === after) return entries;
    after = batch.through;
  }
};

/** Turns over one bit of a file. */
export const flip = (path: string, at: number): void => {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 0x40;
  writeFileSync(path, bytes);
};
