import type { Cursor, Intent } from '#storage/operations/storing.ts';
import type { LedgerQuery, LedgerRows } from '#storage/operations/ledger.ts';
import type { Store } from '#storage/readings/store.ts';
import { Fault } from '#model/base/fault.ts';
import { formatInstant, hourOf, type Instant, startOfHour } from '#model/base/instant.ts';
import type { CountArrivals } from './arrivals.ts';
import { type LedgerLine, type LedgerSums, addUp, balance } from './balance.ts';
import { type Verification, type VerifyProgress, verify } from './verify.ts';

export interface LedgerAnswer {
  readonly journal: string;
  /** Every count includes exactly the entries up to this one. */
  readonly through: number;
  readonly lines: readonly LedgerLine[];
  readonly totals: LedgerSums;
  readonly balanced: boolean;
  /** The equation that was checked or, where it does not hold, which line breaks it and by how much. */
  readonly explanation: string;
}

/** The count that proves nothing was lost. */
export interface Ledger {
  /** @throws Fault `BROKER_UNREACHABLE` (retry): what was received is known to the broker alone */
  lines(query: LedgerQuery): Promise<LedgerAnswer>;
  /**
   * Compares the rows that the ledger expects with a count in the store, while no batch is half written; from an observed
   * hour on, or all of them.
   */
  verify(onProgress: (progress: VerifyProgress) => void, signal: AbortSignal, fromHour?: number): Promise<Verification>;
}

export interface LedgerDeps {
  readonly operations: LedgerRows & {
    cursor(reader: 'storing'): Cursor | undefined;
    intent(): Intent | undefined;
  };
  readonly store: Store;
  /** Id of the journal. */
  readonly journal: string;
  readonly arrivals: CountArrivals;
  /** Runs something while the storing reader stands between two batches. */
  readonly between: <T>(call: () => Promise<T>) => Promise<T>;
  /** Ends a replay that was begun and never finished: its rows may be in the store, and are not counted yet. */
  readonly endReplay: () => Promise<void>;
  /** From when on the store must still hold every reading; from ever when absent. */
  readonly keptFrom?: () => Instant;
  /** Called with the result of each verification, also those of the timer. */
  readonly onVerified?: (verification: Verification, fromHour: number | undefined) => void;
}

const explain = (lines: readonly LedgerLine[]): string => {
  const off = lines.find((line) => !line.balanced);
  if (off === undefined) {
    return 'received = processed + quarantined + discarded + waiting; decoded = stored + duplicates + refused';
  }
  const accounted = off.processed + off.quarantined + off.discarded + off.waiting;
  const where = `${off.device} in the hour from ${formatInstant(startOfHour(off.hour))}`;
  return off.received === accounted
    ? `${where}: ${off.decoded} readings decoded, but ${off.stored + off.duplicates + off.refused} accounted for`
    : `${where}: ${off.received} messages received, but ${accounted} accounted for`;
};

export const makeLedger = (deps: LedgerDeps): Ledger => {
  const { operations, store, journal, arrivals, between, endReplay, onVerified } = deps;
  const keptFrom = deps.keptFrom ?? (() => Number.NEGATIVE_INFINITY);
  const lines: Ledger['lines'] = async (query) => {
    // taken in one go, and first: what the broker counts a moment later can only be more, and that more is waiting
    const cursor = operations.cursor('storing')?.sequence ?? 0;
    const messages = operations.messageCounts(query);
    const readings = operations.readingCounts(query);
    const { fromHour, toHour } = query;
    const { received: counts, waiting } = await arrivals(cursor, { fromHour, toHour });
    const isAsked = (of: { readonly sender: string; readonly hour: number }): boolean =>
      (query.device === undefined || of.sender === query.device) &&
      of.hour >= query.fromHour &&
      of.hour <= query.toHour;
    const balanced = balance(
      { ...counts, counts: counts.counts.filter(isAsked) },
      messages,
      readings,
      waiting.filter(isAsked),
    );
    const totals = addUp(balanced);
    return {
      journal,
      through: counts.through,
      lines: balanced,
      totals,
      balanced: totals.balanced,
      explanation: explain(balanced),
    };
  };
  return {
    lines,
    verify: (onProgress, signal, fromHour) =>
      between(async () => {
        if (operations.intent() === undefined) {
          await endReplay();
          // removed hours stay removed when the clock is set back, or the retention is made longer
          const kept = Math.max(keptFrom(), operations.forgottenBefore(store.name) ?? Number.NEGATIVE_INFINITY);
          const oldest = Math.max(hourOf(kept), fromHour ?? Number.NEGATIVE_INFINITY);
          const verification = await verify(operations, store, onProgress, signal, oldest);
          if (!signal.aborted) onVerified?.(verification, fromHour);
          return verification;
        }
        const detail = 'a batch is half written while the store is away; verify again when /readyz is green';
        throw new Fault('STORE_UNREACHABLE', detail, { retry: true });
      }),
  };
};
