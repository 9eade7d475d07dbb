import type { AuditRows } from '#storage/operations/audit.ts';
import type { Clock } from '#model/base/clock.ts';
import { days } from '#model/base/duration.ts';
import type { Log } from '#model/base/log.ts';
import { type Periodic, startPeriodic } from '#model/base/periodic.ts';

/** The head as `klawing audit verify --head` takes it. */
export const headText = ({ number, hash }: { readonly number: number; readonly hash: Uint8Array }): string =>
  `${number}:${Buffer.from(hash).toString('hex')}`;

/**
 * Logs the head of the trail of changes at the start and each day. A log that is kept elsewhere proves later that nothing before
 * the head was changed or cut off.
 */
export const startHeadLog = ({
  clock,
  log,
  operations,
}: {
  readonly clock: Clock;
  readonly log: Log;
  readonly operations: Pick<AuditRows, 'auditHead'>;
}): Periodic =>
  startPeriodic(clock, async () => {
    const head = operations.auditHead();
    if (head !== undefined) log.info('audit head', { head: headText(head) });
    return days(1);
  });
