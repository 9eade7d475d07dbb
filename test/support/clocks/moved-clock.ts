import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Duration, hours } from '#model/base/duration.ts';
import { faketime, offsetOf } from './faketime.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

/** A clock for processes that is moved by hand while they run. */
export interface MovedClock {
  /** Environment variables that the processes need. */
  readonly env: Readonly<Record<string, string>>;
  /** Lead over the clock of the machine; negative where it is behind. */
  set(ahead: Duration): void;
}

/** Needs `faketime` of Debian. */
export const movedClock = (): MovedClock => {
  const file = join(tempFolder(), 'offset');
  const set = (ahead: Duration): void => {
    writeFileSync(`${file}.new`, `${offsetOf(ahead)}\n`);
    renameSync(`${file}.new`, file);
  };
  set(hours(0));
  // without a cache, all processes see it at one moment, as when a machine's clock is set
  return { env: faketime({ FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1' }), set };
};
