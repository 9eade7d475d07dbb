import type { Bench } from '#bench/row.ts';
import type { Service } from './service.ts';
import { milliseconds, minutes } from '#model/base/duration.ts';

const POLL = milliseconds(50);
const TIMEOUT = minutes(20);

/** Waits until all synced messages are stored. A live device may have a pending message. */
export const untilStored = async (service: Service, { clock }: Bench): Promise<void> => {
  const began = clock.monotonic();
  for (;;) {
    const waiting = (await service.figures()).get('klawing_ingest_lag_entries{reader="storing"}') ?? 0;
    if (waiting === 0) return;
    if (clock.monotonic() - began > TIMEOUT.ms) throw new Error(`${waiting} packets still wait`);
    await clock.sleep(POLL);
  }
};
