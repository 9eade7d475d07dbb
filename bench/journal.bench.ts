/**
 * Measures the journal alone on the disk of this machine:
 *
 *     npx node bench/journal.bench.ts [folder on the disk to measure]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openJournalReader } from '#journal/read/reader.ts';
import { JournalSettings } from '#journal/settings.ts';
import { startJournalWriter } from '#journal/write/writer.ts';
import { systemClock } from '#model/base/clock.ts';
import type { Packet } from '#model/readings/packet.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';

const PAYLOAD = Buffer.alloc(150, '{"values":{"pm2_5":38.5}}');
const DEVICES = Array.from({ length: 100 }, (_, i) => `air-${i}`);

const packets: readonly Packet[] = DEVICES.map((sender, i) => ({
  kind: 'readings',
  sender,
  connection: i + 1,
  topic: `v1/${sender}/readings`,
  payload: PAYLOAD,
  qos: 1,
  dup: false,
  packetId: i + 1,
  receivedAt: systemClock.now(),
}));

const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'klawing-bench-'));
const deps = { clock: systemClock, log: silentLog() };
const settings = JournalSettings.parse({});
const perSecond = (count: number, began: number): string =>
  `${Math.round((count / (systemClock.monotonic() - began)) * 1_000).toLocaleString('en')}/s`;
const print = (what: string, figure: string): void => void process.stdout.write(`${what.padEnd(52)} ${figure}\n`);

const appendAll = async (count: number, inFlight: number): Promise<void> => {
  const writer = await startJournalWriter(folder, settings, deps);
  const began = systemClock.monotonic();
  let sent = 0;
  const one = async (): Promise<void> => {
    while (sent < count) {
      const packet = packets[(sent += 1) % packets.length];
      if (packet !== undefined) await writer.append(packet).synced;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  print(
    `append and sync, ${inFlight} in flight`,
    `${perSecond(count, began)}, ${writer.state().commits} group commits`,
  );
  await writer.stop();
};

const readAll = async (): Promise<void> => {
  const reader = await openJournalReader(folder, deps);
  const last = reader.synced();
  let began = systemClock.monotonic();
  for (let after = 0; after < last; )
    ({ through: after } = await reader.read(after, { entries: 5_000, bytes: 2 ** 22 }));
  print(`read ${last.toLocaleString('en')} entries, 5,000 at a time`, perSecond(last, began));
  began = systemClock.monotonic();
  await reader.count(0, last);
  print('count them by sender and hour', perSecond(last, began));
};

const startAgain = async (what: string): Promise<void> => {
  const began = systemClock.monotonic();
  const writer = await startJournalWriter(folder, settings, deps);
  print(`start, ${what}`, `${Math.round(systemClock.monotonic() - began)} ms`);
  await writer.stop();
};

try {
  print('machine', `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`);
  await appendAll(200_000, 2_000);
  await appendAll(800_000, 2_000);
  await appendAll(50_000, 100);
  await appendAll(2_000, 1);
  await readAll();
  await startAgain('counts up to date');
  rmSync(`${folder}/received`, { recursive: true });
  await startAgain('every entry counted again');
} finally {
  rmSync(folder, { recursive: true });
}
