import type { Round } from '#test/acceptance/round.ts';
import { clocks } from './clocks.ts';
import { devices } from './devices.ts';
import { spreadsheet } from './spreadsheet.ts';

/** All rounds of `npm run acceptance`, in the order in which they run. A new round is one file here and one line. */
export const ROUNDS: readonly Round[] = [...clocks, ...devices, spreadsheet];
