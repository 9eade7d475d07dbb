/**
 * A journal in a process of its own: `write` appends without end, telling each number once it is synced; `write-until-failure` appends
 * one packet at a time, tells each number and the fault of the first failure, and ends there as by SIGKILL; `write-marks`
 * appends five packets, one at a time, writing a mark after each; `read` tells what a reader sees; `start` tells
 * whether a writer may start.
 */
import { writeSync } from 'node:fs';
import { openJournalReader } from '#journal/read/reader.ts';
import { JournalSettings } from '#journal/settings.ts';
import { startJournalWriter } from '#journal/write/writer.ts';
import { type Clock, systemClock } from '#model/base/clock.ts';
import { Fault } from '#model/base/fault.ts';
import { packetOf } from '#test/support/builders/packets.ts';
import { MORNING } from '#test/support/builders/readings.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';

const [, , mode = '', folder = '', segmentBytes = '64MiB'] = process.argv;
/** It stands in the morning in which the packets arrive, whatever day it is: counts of arrivals are not kept for ever. */
const clock: Clock = { ...systemClock, now: () => MORNING };
const deps = { clock, log: silentLog() };
const say = (line: string): void => void writeSync(1, `${line}\n`);
const start = () => startJournalWriter(folder, JournalSettings.parse({ segmentBytes }), deps);

const modes: Readonly<Record<string, () => Promise<void>>> = {
  write: async () => {
    const writer = await start();
    for (let n = 1; ; n += 50) {
      const batch = Array.from({ length: 50 }, (_, i) => packetOf(n + i, { sender: `air-${(n + i) % 7}` }));
      const appended = batch.map((packet) => writer.append(packet));
      await appended.at(-1)?.synced;
      say(String(appended.at(-1)?.sequence));
    }
  },
  'write-until-failure': async () => {
    const writer = await start();
    try {
      for (let n = 1; ; n += 1) {
        const { sequence, synced } = writer.append(packetOf(n));
        await synced;
        say(String(sequence));
      }
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      say(error.code);
      process.kill(process.pid, 'SIGKILL'); // before the repair, which cuts the frames
    }
  },
  'write-marks': async () => {
    const writer = await start();
    for (let n = 1; n <= 5; n += 1) {
      await writer.append(packetOf(n)).synced;
      say(`acknowledged ${n}`);
    }
    await writer.stop();
  },
  read: async () => {
    const reader = await openJournalReader(folder, deps);
    const { entries, through } = await reader.read(0, { entries: 1_000, bytes: 2 ** 24 });
    say(
      JSON.stringify({ id: reader.id, synced: reader.synced(), through, read: entries.map((entry) => entry.sequence) }),
    );
  },
  start: async () => {
    try {
      const writer = await start();
      await writer.stop();
      say('started');
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      say(error.code);
    }
  },
};

await modes[mode]?.();
