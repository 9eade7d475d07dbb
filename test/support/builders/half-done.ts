import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { atEnd } from '#test/support/processes/at-end.ts';
import type { Service } from '#test/support/servers/service.ts';
import { WAIT } from '#test/support/limits.ts';
import { eventually } from '#test/support/eventually.ts';

/** Work that was begun and not ended: a step of a replay, or a batch of the storing reader. */
export type HalfDone = 'replay' | 'intent';

/** Looks into the operations database, beside its process or after its end, whether something is half done. */
export const watchHalfDone = (service: Service, what: HalfDone): (() => boolean) => {
  const database = new DatabaseSync(join(service.data, 'operations.db'), { readOnly: true, timeout: WAIT.ms });
  atEnd(() => database.close());
  const rows = database.prepare(`SELECT count(*) AS halves FROM ${what}`);
  return () => rows.get()?.['halves'] === 1;
};

/**
 * Waits until something is seen half done.
 * @param cause brings it about; when it ends, the work was too quick to be seen
 */
export const untilHalfDone = async (isHalfDone: () => boolean, cause?: Promise<unknown>): Promise<void> => {
  let isOver = false;
  void cause?.then(() => (isOver = true));
  await eventually(() => {
    if (!isHalfDone() && !isOver) throw new Error('nothing is half done');
  });
};

/** Kills ingest as soon as something is seen half done; gives whether it still was when the process had ended. */
export const killHalfway = async (
  service: Service,
  isHalfDone: () => boolean,
  cause?: Promise<unknown>,
): Promise<boolean> => {
  await untilHalfDone(isHalfDone, cause);
  await service.kill('ingest', 'SIGKILL');
  return isHalfDone();
};
