import type { LedgerRows } from '#storage/operations/ledger.ts';
import type { Store } from '#storage/readings/store.ts';

/** One device, property and observed hour where the store does not hold what the ledger says. */
export interface Mismatch {
  readonly device: string;
  readonly property: string;
  /** Whole hours since 1970, of observation. */
  readonly hour: number;
  readonly expected: number;
  readonly found: number;
}

export interface Verification {
  readonly store: string;
  readonly expected: number;
  readonly found: number;
  /** The first mismatches, up to a hundred; `mismatched` says how many there are. */
  readonly mismatches: readonly Mismatch[];
  readonly mismatched: number;
  readonly verified: boolean;
}

export interface VerifyProgress {
  readonly daysDone: number;
  readonly days: number;
}

const MISMATCHES_SHOWN = 100;
const HOURS_A_STEP = 24;

interface LedgerCell {
  readonly device: string;
  readonly property: string;
  readonly hour: number;
  expected: number;
  found: number;
}

/** The cells of one day: what the ledger expects beside what the store counts. */
const compareDay = async (
  operations: LedgerRows,
  store: Store,
  fromHour: number,
  signal: AbortSignal,
): Promise<readonly LedgerCell[]> => {
  const toHour = fromHour + HOURS_A_STEP - 1;
  const cells = new Map<string, LedgerCell>();
  const cellOf = (device: string, property: string, hour: number): LedgerCell => {
    const key = `${device}\t${property}\t${hour}`;
    const known = cells.get(key);
    if (known !== undefined) return known;
    const cell = { device, property, hour, expected: 0, found: 0 };
    cells.set(key, cell);
    return cell;
  };
  for (const row of operations.rowCounts(store.name, fromHour, toHour)) {
    cellOf(row.device, row.property, row.hour).expected += row.stored - row.revised;
  }
  for await (const rows of store.count(fromHour, toHour, signal)) {
    for (const row of rows) cellOf(row.device, row.property, row.hour).found += row.rows;
  }
  return [...cells.values()];
};

/**
 * `rows = stored − revised`, per device, property and observed hour, a day at a time so that memory stays flat.
 * @param fromHour the first observed hour that is counted; all of them when absent
 */
// oxlint-disable-next-line max-params -- the counts of both sides with their span
export const verify = async (
  operations: LedgerRows,
  store: Store,
  onProgress: (progress: VerifyProgress) => void,
  signal: AbortSignal,
  fromHour = Number.NEGATIVE_INFINITY,
): Promise<Verification> => {
  const all = operations.rowSpan(store.name);
  const span = all === undefined ? undefined : { ...all, fromHour: Math.max(all.fromHour, fromHour) };
  const days = span === undefined ? 0 : Math.max(0, Math.ceil((span.toHour - span.fromHour + 1) / HOURS_A_STEP));
  const mismatches: Mismatch[] = [];
  const sum = { expected: 0, found: 0, mismatched: 0 };
  for (let day = 0; day < days; day += 1) {
    const cells = await compareDay(operations, store, (span?.fromHour ?? 0) + day * HOURS_A_STEP, signal);
    for (const cell of cells) {
      sum.expected += cell.expected;
      sum.found += cell.found;
      if (cell.expected === cell.found) continue;
      sum.mismatched += 1;
      if (mismatches.length < MISMATCHES_SHOWN) mismatches.push(cell);
    }
    onProgress({ daysDone: day + 1, days });
  }
  return { store: store.name, ...sum, mismatches, verified: sum.mismatched === 0 };
};
