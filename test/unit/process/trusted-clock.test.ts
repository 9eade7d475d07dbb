import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startTrustedClock } from '#process/trusted-clock.ts';
import { openJournalReader } from '#journal/read/reader.ts';
import { JournalSettings } from '#journal/settings.ts';
import { startJournalWriter } from '#journal/write/writer.ts';
import { days, hours, minutes, seconds } from '#model/base/duration.ts';
import { fillSlowly } from '#test/support/builders/journals.ts';
import { eventually } from '#test/support/eventually.ts';
import { type ManualClock, manualClock } from '#test/support/clocks/manual-clock.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const start = (folder: string, clock: ManualClock) => {
  const log = silentLog();
  const trusted = startTrustedClock(folder, { clock, log });
  onTestFinished(() => trusted.stop());
  const told = () => log.lines.filter(({ fields }) => fields?.['code'] === 'CLOCK_JUMPED');
  return { trusted, told };
};

/** A journal of thirty passed entries in many segments, with a trusted clock. */
const aJournal = async (folder: string, clock: ManualClock) => {
  const { trusted, told } = start(folder, clock);
  const settings = { ...JournalSettings.parse({}), reserveBytes: 0, segmentBytes: 300 };
  const writer = await startJournalWriter(folder, settings, { clock: trusted, log: silentLog() });
  onTestFinished(() => writer.stop());
  return { trusted, told, writer };
};

describe('a trusted clock', () => {
  test('keeps thirty days of raw packets when the clock jumps a year ahead, also after a restart', async () => {
    const folder = tempFolder();
    const clock = manualClock();
    const first = await aJournal(folder, clock);
    await fillSlowly(first.writer, 1, 30, { receivedAt: clock.now() });
    await first.writer.passed(30);
    await clock.advance(minutes(2));
    clock.set(clock.now() + days(365).ms);
    await clock.advance(hours(2));
    await first.writer.passed(30);
    expect(first.writer.state().first).toBe(1);
    expect(first.told()).toHaveLength(1);
    await first.writer.stop();
    await first.trusted.stop();

    const again = await aJournal(folder, clock);
    await again.writer.passed(30);
    await clock.advance(hours(1));
    await again.writer.passed(30);
    expect(again.writer.state().first).toBe(1);
    const reader = await openJournalReader(folder, { clock });
    expect((await reader.read(0, { entries: 100, bytes: 1e6 })).entries).toHaveLength(30);
    // a jump is accepted after a day of running
    await clock.advance(days(1));
    await again.writer.passed(30);
    expect(again.writer.state().segments).toBe(1);
  });

  test('saves its estimate each minute, and ignores an unreadable file', async () => {
    const folder = tempFolder();
    const clock = manualClock();
    const { trusted } = start(folder, clock);
    await clock.advance(minutes(1));
    await eventually(() =>
      expect(JSON.parse(readFileSync(`${folder}/trusted-time`, 'utf8'))).toEqual({
        at: clock.now(),
        ahead: 0,
        observedMs: 0,
        isWhileRunning: false,
      }),
    );
    await trusted.stop();
    writeFileSync(`${folder}/trusted-time`, '{"at":');
    expect(start(folder, clock).trusted.now()).toBe(clock.now());
  });

  test('logs a clock that was set back and a long stop, but not a short stop', async () => {
    const folder = tempFolder();
    const clock = manualClock();
    const first = start(folder, clock);
    await clock.advance(seconds(1));
    clock.set(clock.now() - hours(3).ms);
    await clock.advance(seconds(1));
    expect(first.told()).toMatchObject([{ fields: { detail: expect.stringContaining('3h behind') } }]);
    expect(first.trusted.jump()).toEqual(hours(-3));
    clock.set(clock.now() + hours(3).ms);
    await clock.advance(seconds(1));
    expect(first.trusted.jump()).toBeUndefined();
    await first.trusted.stop();
    clock.set(clock.now() + hours(5).ms);
    const short = start(folder, clock);
    expect(short.told()).toEqual([]);
    clock.set(clock.now() - hours(5).ms);
    await clock.advance(seconds(1));
    await short.trusted.stop();
    clock.set(clock.now() + days(40).ms);
    expect(start(folder, clock).told()).toMatchObject([{ fields: { detail: expect.stringContaining('40d ahead') } }]);
  });
});
