import type { MessageCount, ReadingCount } from '#storage/operations/ledger.ts';
import type { ReceivedCount, ReceivedCounts } from '#journal/journal.ts';

/** One device in one hour of arrival: what came, and what became of it. */
export interface LedgerLine {
  readonly device: string;
  /** Whole hours since 1970. */
  readonly hour: number;
  // messages
  readonly received: number;
  readonly processed: number;
  readonly quarantined: number;
  readonly discarded: number;
  readonly waiting: number;
  // readings
  readonly decoded: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly refused: number;
  readonly revised: number;
  readonly missing: number;
  /** Both identities hold. */
  readonly balanced: boolean;
}

type BalanceSums = Omit<LedgerLine, 'device' | 'hour' | 'balanced'>;

const NOTHING: BalanceSums = {
  received: 0,
  processed: 0,
  quarantined: 0,
  discarded: 0,
  waiting: 0,
  decoded: 0,
  stored: 0,
  duplicates: 0,
  refused: 0,
  revised: 0,
  missing: 0,
};

/**
 * `received = processed + quarantined + discarded + waiting` and `decoded = stored + duplicates + refused`
 * (`docs/architecture.md`, ledger).
 */
const isBalanced = (of: BalanceSums): boolean =>
  of.received === of.processed + of.quarantined + of.discarded + of.waiting &&
  of.decoded === of.stored + of.duplicates + of.refused;

/** The counts, in the order in which they are shown. */
export const LEDGER_COLUMNS = [
  'received',
  'processed',
  'quarantined',
  'discarded',
  'waiting',
  'decoded',
  'stored',
  'duplicates',
  'refused',
  'revised',
  'missing',
] as const satisfies readonly (keyof BalanceSums)[];

/** Sums over many lines, and whether both identities hold for each of them: what is short here may be over there. */
export interface LedgerSums extends BalanceSums {
  readonly balanced: boolean;
}

export const addUp = (lines: readonly LedgerSums[]): LedgerSums => {
  const sums = { ...NOTHING };
  for (const line of lines) {
    for (const column of LEDGER_COLUMNS) sums[column] += line[column];
  }
  return { ...sums, balanced: lines.every(({ balanced }) => balanced) };
};

/** One column of the ledger. */
export type LedgerColumn = (typeof LEDGER_COLUMNS)[number];
type Open = Record<LedgerColumn, number> & { readonly device: string; readonly hour: number };

/**
 * Brings the counts of four independent places to one line per device and hour: what the broker received, what the
 * pipeline made of it (messages and readings), and what still waits in the journal.
 */
export const balance = (
  received: ReceivedCounts,
  messages: readonly MessageCount[],
  readings: readonly ReadingCount[],
  waiting: readonly ReceivedCount[],
): readonly LedgerLine[] => {
  const lines = new Map<string, Open>();
  const lineOf = (device: string, hour: number): Open => {
    const key = `${device}\t${hour}`;
    const known = lines.get(key);
    if (known !== undefined) return known;
    const line = { device, hour, ...NOTHING };
    lines.set(key, line);
    return line;
  };
  for (const { sender, hour, count } of received.counts) lineOf(sender, hour).received += count;
  for (const { sender, hour, count } of waiting) lineOf(sender, hour).waiting += count;
  for (const of of messages) {
    const line = lineOf(of.device, of.hour);
    for (const column of ['processed', 'quarantined', 'discarded'] as const) line[column] += of[column];
  }
  for (const of of readings) {
    const line = lineOf(of.device, of.hour);
    for (const column of ['decoded', 'stored', 'duplicates', 'refused', 'revised', 'missing'] as const) {
      line[column] += of[column];
    }
  }
  return [...lines.values()]
    .map((line) => ({ ...line, balanced: isBalanced(line) }))
    .sort((a, b) => a.hour - b.hour || (a.device < b.device ? -1 : 1));
};
