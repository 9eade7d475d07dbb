import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '#model/base/clock.ts';
import { milliseconds, seconds } from '#model/base/duration.ts';
import { atEnd } from '#test/support/processes/at-end.ts';
import type { Service } from '#test/support/servers/service.ts';

/** What was begun and not ended: a step of a replay, or a batch of keep. */
export type HalfDone = 'replay' | 'intent';

const WHOLE = seconds(20);

/** Looks into the operations database, beside its process or after its end, whether something is half done. */
export const watchHalfDone = (service: Service, what: HalfDone): (() => boolean) => {
  const database = new DatabaseSync(join(service.data, 'operations.db'), { readOnly: true, timeout: 5_000 });
  atEnd(() => database.close());
  const rows = database.prepare(`SELECT count(*) AS halves FROM ${what}`);
  return () => rows.get()?.['halves'] === 1;
};

/** Waits until something is seen half done; not for ever, as it may be too quick to be seen. */
export const untilHalfDone = async (isHalfDone: () => boolean): Promise<void> => {
  const until = systemClock.monotonic() + WHOLE.ms;
  while (!isHalfDone() && systemClock.monotonic() < until) await systemClock.sleep(milliseconds(1));
};

/** Kills ingest as soon as something is seen half done; gives whether it still was when the process had ended. */
export const killHalfway = async (service: Service, isHalfDone: () => boolean): Promise<boolean> => {
  await untilHalfDone(isHalfDone);
  await service.kill('ingest', 'SIGKILL');
  return isHalfDone();
};
