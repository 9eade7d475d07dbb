import { mkdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkClock } from '#cli/checks/machine.ts';
import { dataFolderAt } from '#runtime/data-folder.ts';
import { startTrustedClock } from '#process/trusted-clock.ts';
import { type Duration, days, hours } from '#model/base/duration.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

/** Message of the check after stops of these lengths, each of which an hour of running follows. */
const after = async (...stops: readonly Duration[]): Promise<string> => {
  const clock = manualClock();
  const folder = dataFolderAt(tempFolder());
  mkdirSync(folder.journal);
  for (const stop of [hours(0), ...stops]) {
    clock.set(clock.now() + stop.ms);
    const trusted = startTrustedClock(folder.journal, { clock, log: silentLog() });
    await clock.advance(hours(1));
    await trusted.stop();
  }
  return checkClock({ clock, folder, journal: undefined })
    .map(({ found }) => found)
    .join();
};

describe('the check of the clock', () => {
  test('says nothing of nights in which nothing ran, however many of them are doubted', async () => {
    expect(await after(hours(14), hours(14), hours(14))).not.toContain('CLOCK_JUMPED');
  });

  test('tells of a stop of more than a day, also between nights', async () => {
    expect(await after(hours(14), days(40), hours(14))).toContain('ran for so long');
  });
});
