import { formatInstant, startOfHour } from '#model/base/instant.ts';
import { type LedgerLine, type LedgerSums, addUp } from './balance.ts';

/** Members by which lines can be added up. */
export const LEDGER_GROUPS = ['hour', 'day', 'device'] as const;
export type LedgerGroupBy = (typeof LEDGER_GROUPS)[number];

/** Sums of one hour, one day or one device. */
export interface LedgerGroup extends LedgerSums {
  /** When the hour starts (RFC 3339), the day's date, or the device. */
  readonly of: string;
}

/** Dates of whole hours in a zone, as `2026-11-24`; an hour that midnight cuts belongs to the day in which it starts. */
const datesIn = (zone: string): ((hour: number) => string) => {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' });
  const known = new Map<number, string>();
  return (hour) => {
    const date = known.get(hour) ?? format.format(startOfHour(hour));
    known.set(hour, date);
    return date;
  };
};

/**
 * Adds lines up, in the order of time or of names.
 * @param zone IANA name of where days begin
 */
export const groupLines = (lines: readonly LedgerLine[], by: LedgerGroupBy, zone: string): readonly LedgerGroup[] => {
  const dateOf = datesIn(zone);
  const keyOf = ({ device, hour }: LedgerLine): string => {
    if (by === 'device') return device;
    return by === 'hour' ? formatInstant(startOfHour(hour)) : dateOf(hour);
  };
  const groups = [...Map.groupBy(lines, keyOf)].map(([of, theirs]) => ({ of, ...addUp(theirs) }));
  return groups.sort((a, b) => (a.of < b.of ? -1 : 1));
};
