import { DEVICE, type QualifiedColumns, type Series } from '#model/readings/columns.ts';

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

/** Measurement and tags of each series, and the beginning of its fields: written once a batch. */
interface SeriesText {
  readonly device: string;
  /** `air,device=…,station=…` */
  readonly tags: string;
  /** `pm2_5=` */
  readonly value: string;
  /** `,pm2_5_flag=` */
  readonly flag: string;
}

const textOf = ({ family, station, device, property }: Series): SeriesText => {
  const name = escapeName(property);
  return {
    device,
    tags: `${escapeName(family)},device=${escapeName(device)},station=${escapeName(station)}`,
    value: `${name}=`,
    flag: `,${name}_flag=`,
  };
};

const NO_TEXT: SeriesText = { device: '', tags: '', value: '', flag: '' };

/** Writes readings as line protocol. */
export class LineWriter {
  readonly #readings: QualifiedColumns;
  readonly #texts: readonly SeriesText[];

  constructor(readings: QualifiedColumns) {
    this.#readings = readings;
    this.#texts = readings.seriesTable.map(textOf);
  }

  /** Readings as points; those of one message at one time, which follow each other, share one. */
  lines(): readonly ProtocolLine[] {
    const lines: ProtocolLine[] = [];
    for (let from = 0; from < this.#readings.length; ) {
      const to = this.#endOfRun(from);
      lines.push(this.line(from, to));
      from = to;
    }
    return lines;
  }

  /** The point of a run of readings. */
  line(from: number, to: number): ProtocolLine {
    const { observedAt, timedBy } = this.#readings;
    const { tags, device } = this.#textAt(from);
    let text = `${tags} ${this.#fields(from)}`;
    for (let row = from + 1; row < to; row += 1) text += `,${this.#fields(row)}`;
    const source = timedBy[from] ?? DEVICE;
    text += source === DEVICE ? ` ${observedAt[from]}` : `,${TIMED_BY_FIELD}=${source}i ${observedAt[from]}`;
    return { text, device, from, to };
  }

  #textAt(row: number): SeriesText {
    return this.#texts[this.#readings.series[row] ?? -1] ?? NO_TEXT;
  }

  #fields(row: number): string {
    const { value, flag } = this.#textAt(row);
    return `${value}${floatOf(this.#readings.value[row] ?? 0)}${flag}${this.#readings.flag[row]}i`;
  }

  /** End of the run that starts at `from`: the same tags, the same time from the same clock, each property once. */
  #endOfRun(from: number): number {
    const { length, observedAt, timedBy, series } = this.#readings;
    const { tags } = this.#textAt(from);
    for (let to = from + 1; ; to += 1) {
      if (to >= length || observedAt[to] !== observedAt[from] || timedBy[to] !== timedBy[from]) return to;
      if (this.#textAt(to).tags !== tags) return to;
      for (let row = from; row < to; row += 1) if (series[row] === series[to]) return to;
    }
  }
}
