import type { Clock } from '#model/base/clock.ts';
import type { Duration } from '#model/base/duration.ts';
import { hourOf } from '#model/base/instant.ts';
import type { LedgerRows } from '#storage/operations/ledger.ts';

/** Replaced readings in an hour, and their share of all, from which on they are a problem. */
const LEAST = 10;
const LEAST_SHARE = 0.05;

/** A device whose readings replace its own earlier ones. */
export interface ReplacedReadings {
  readonly device: string;
  /** Readings that replaced an earlier one, and all that were stored, in one hour of arrival. */
  readonly revised: number;
  readonly stored: number;
}

/** Adds up the journals of an hour, and keeps the worst of both hours. */
const worstOf = (counts: ReturnType<LedgerRows['readingCounts']>): readonly ReplacedReadings[] => {
  const hours = new Map<string, ReplacedReadings>();
  for (const { device, hour, revised, stored } of counts) {
    const key = `${device}\t${hour}`;
    const before = hours.get(key);
    hours.set(key, {
      device,
      revised: revised + (before?.revised ?? 0),
      stored: stored + (before?.stored ?? 0),
    });
  }
  const worst = new Map<string, ReplacedReadings>();
  for (const one of hours.values()) {
    if (one.revised < LEAST || one.revised <= LEAST_SHARE * one.stored) continue;
    if (one.revised > (worst.get(one.device)?.revised ?? 0)) worst.set(one.device, one);
  }
  return [...worst.values()];
};

/**
 * Finds the devices that replace their own readings, by the ledger of this hour and of the one before. The ledger is asked
 * once in an interval; in between the last result stands.
 */
export const makeReplacedReadings = (
  every: Duration,
  { clock, operations }: { readonly clock: Clock; readonly operations: Pick<LedgerRows, 'readingCounts'> },
): (() => readonly ReplacedReadings[]) => {
  let askedAt: number | undefined;
  let found: readonly ReplacedReadings[] = [];
  return () => {
    if (askedAt !== undefined && clock.monotonic() - askedAt < every.ms) return found;
    askedAt = clock.monotonic();
    const toHour = hourOf(clock.now());
    found = worstOf(operations.readingCounts({ device: undefined, fromHour: toHour - 1, toHour }));
    return found;
  };
};
