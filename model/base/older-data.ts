import { Fault } from './fault.ts';

/** The refusal of data that a program from before the first release wrote: nothing converts them. */
export const dataOlder = (found: string, oldest: string): Fault =>
  new Fault(
    'DATA_OLDER',
    `${found}, the oldest that this program reads is ${oldest}; keep a copy of the data folder, set KLAWING_DATA to a new ` +
      'one, and bring stations and devices there with "klawing station apply" and "klawing device import"',
  );
