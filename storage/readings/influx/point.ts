import { type Qualified, TIMED_BY } from '#model/readings/reading.ts';

/** One line of line protocol and the run of readings `[from, to)` that it carries. */
export interface ProtocolLine {
  readonly text: string;
  readonly device: string;
  readonly from: number;
  readonly to: number;
}

/** Beside the properties of a point: from where its time is, as a number (`TIMED_BY`). */
export const TIMED_BY_FIELD = 'timed_by';

/**
 * Escapes a measurement, tag or field name. What line protocol cannot carry there (line breaks, tabs, backslashes)
 * becomes an underscore; the ids of the registry hold none of it.
 */
export const escapeName = (text: string): string => text.replace(/[\n\r\t\\]/g, '_').replace(/[,= ]/g, '\\$&');

/** Always a float: a number without the ending `i` is one. Zero keeps its sign. */
const floatOf = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

/** Escaped names, kept for the length of one batch: a few dozen names stand in tens of thousands of fields. */
class Names {
  readonly #escaped = new Map<string, string>();

  of(text: string): string {
    const known = this.#escaped.get(text);
    if (known !== undefined) return known;
    const escaped = escapeName(text);
    this.#escaped.set(text, escaped);
    return escaped;
  }
}

const fieldsOf = ({ property, value, flag }: Qualified, names: Names): string => {
  const name = names.of(property);
  return `${name}=${floatOf(value)},${name}_flag=${flag}i`;
};

/** The field of a point that says whose clock its time is; nothing where it is the device's. */
const timedByOf = ({ timedBy }: Qualified): string =>
  timedBy === 'device' ? '' : `,${TIMED_BY_FIELD}=${TIMED_BY.indexOf(timedBy)}i`;

const seriesOf = ({ family, station, device }: Qualified, names: Names): string =>
  `${names.of(family)},device=${names.of(device)},station=${names.of(station)}`;

const isSameSeries = (a: Qualified, b: Qualified): boolean =>
  a.device === b.device && a.station === b.station && a.family === b.family;

/** Writes one reading alone. */
export const lineOf = (reading: Qualified, index: number): ProtocolLine => {
  const names = new Names();
  const text = `${seriesOf(reading, names)} ${fieldsOf(reading, names)}${timedByOf(reading)} ${reading.observedAt}`;
  return { text, device: reading.device, from: index, to: index + 1 };
};

/** Where the run that starts at `from` ends: same series, same time from the same clock, no property twice. */
const endOfRun = (readings: readonly Qualified[], from: number, first: Qualified): number => {
  for (let to = from + 1; ; to += 1) {
    const next = readings[to];
    if (next === undefined || next.observedAt !== first.observedAt || !isSameSeries(next, first)) return to;
    if (next.timedBy !== first.timedBy) return to;
    for (let i = from; i < to; i += 1) if (readings[i]?.property === next.property) return to;
  }
};

/** Writes readings as points; those of one message at one time, which follow each other, share one. */
export const linesOf = (readings: readonly Qualified[]): readonly ProtocolLine[] => {
  const lines: ProtocolLine[] = [];
  const names = new Names();
  let series = '';
  let previous: Qualified | undefined;
  for (let from = 0; from < readings.length; ) {
    const first = readings[from];
    if (first === undefined) break;
    if (previous === undefined || !isSameSeries(previous, first)) series = seriesOf(first, names);
    const to = endOfRun(readings, from, first);
    let fields = fieldsOf(first, names);
    for (let i = from + 1; i < to; i += 1) {
      const next = readings[i];
      if (next !== undefined) fields += `,${fieldsOf(next, names)}`;
    }
    lines.push({ text: `${series} ${fields}${timedByOf(first)} ${first.observedAt}`, device: first.device, from, to });
    previous = first;
    from = to;
  }
  return lines;
};
