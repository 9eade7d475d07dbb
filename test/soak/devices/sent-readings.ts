import { formatInstant, type Instant } from '#model/base/instant.ts';
import type { Row } from '#test/support/oracles/oracle.ts';

/** A reading as its sender knows it. */
export interface SentReading {
  readonly device: string;
  readonly property: string;
  readonly value: number;
  /** The time that it must be stored under lies between these two. */
  readonly from: Instant;
  readonly to: Instant;
}

/** Differences between the readings that were sent and the rows of a store; all lists are empty when there are none. */
export interface ReadingsDifference {
  /** Readings without a row. */
  readonly lost: readonly string[];
  /** Readings without a row of their own, because an equal one or one of the same time has it. */
  readonly merged: readonly string[];
  /** Rows that are there a second time. */
  readonly twice: readonly string[];
  /** Readings whose row lies outside of their time. */
  readonly misdated: readonly string[];
  /** Rows that nobody sent. */
  readonly neverSent: readonly string[];
}

interface Pair {
  readonly sent: readonly SentReading[];
  readonly times: readonly Instant[];
}

const keyOf = ({ device, property, value }: Pick<Row, 'device' | 'property' | 'value'>): string =>
  `${device} ${property} ${value}`;

const at = (time: Instant): string => formatInstant(time);

/** Pairs the readings of one value with its rows, both in the order of time. */
const pairsOf = (sent: readonly SentReading[], rows: readonly Row[]): ReadonlyMap<string, Pair> => {
  const sentByKey = Map.groupBy(sent, keyOf);
  const rowsByKey = Map.groupBy(rows, keyOf);
  return new Map(
    [...sentByKey].map(([key, readings]) => [
      key,
      {
        sent: readings.toSorted((a, b) => a.from - b.from),
        times: (rowsByKey.get(key) ?? []).map(({ time }) => time).toSorted((a, b) => a - b),
      },
    ]),
  );
};

/** Pairs each reading, in the order of time, with the first row that fits; what is left over on either side fits nothing. */
const fit = ({
  sent,
  times,
}: Pair): { readonly without: readonly SentReading[]; readonly over: readonly Instant[] } => {
  const over = [...times];
  const without = sent.filter(({ from, to }) => {
    const index = over.findIndex((time) => time >= from && time <= to);
    if (index >= 0) over.splice(index, 1);
    return index < 0;
  });
  return { without, over };
};

/** Compares rows with the readings that were sent: each has one row, at its time. */
export const compareReadings = (sent: readonly SentReading[], rows: readonly Row[]): ReadingsDifference => {
  const pairs = pairsOf(sent, rows);
  const found = { lost: [] as string[], merged: [] as string[], twice: [] as string[], misdated: [] as string[] };
  const taken = Map.groupBy(rows, ({ device, property }) => `${device} ${property}`);
  for (const [key, pair] of pairs) {
    const { without, over } = fit(pair);
    for (const [i, { device, property, from, to }] of without.entries()) {
      const said = `${key} of ${at(from)} to ${at(to)}`;
      const elsewhere = over[i];
      if (elsewhere !== undefined) {
        found.misdated.push(`${said} is at ${at(elsewhere)}`);
        continue;
      }
      const isTaken = (taken.get(`${device} ${property}`) ?? []).some(({ time }) => time >= from && time <= to);
      (pair.times.length > 0 || isTaken ? found.merged : found.lost).push(said);
    }
    for (const time of over.slice(without.length)) found.twice.push(`${key} at ${at(time)}`);
  }
  const neverSent = rows.filter((row) => !pairs.has(keyOf(row))).map((row) => `${keyOf(row)} at ${at(row.time)}`);
  return { ...found, neverSent };
};
