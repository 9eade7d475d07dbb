import { DEVICE, type QualifiedColumns, type Series } from '#model/readings/columns.ts';
import { NO_TESTS } from '#model/quality/quality-tests.ts';
import { LineBuffer, NUMBER_BYTES } from './line-buffer.ts';

/** The readings `[from, to)` that one line carries: those of one device at one time. */
export interface LineRun {
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

const NEW_LINE = 0x0a;
const SPACE = 0x20;
const COMMA = 0x2c;
/** Ends the number of an integer field. */
const INTEGER = 0x69;
const TIMED_BY_PART = Buffer.from(`,${TIMED_BY_FIELD}=`);

/** The texts of a series, as bytes. */
interface SeriesText {
  readonly device: string;
  /** `air,device=…,station=…`: equal for all properties of the device at the station. */
  readonly tags: string;
  readonly tagBytes: Uint8Array;
  /** `pm2_5=` */
  readonly value: Uint8Array;
  /** `,pm2_5_flag=` */
  readonly flag: Uint8Array;
  /** `,pm2_5_tests=` */
  readonly tests: Uint8Array;
}

const textOf = ({ family, station, device, property }: Series): SeriesText => {
  const name = escapeName(property);
  const tags = `${escapeName(family)},device=${escapeName(device)},station=${escapeName(station)}`;
  return {
    device,
    tags,
    tagBytes: Buffer.from(tags),
    value: Buffer.from(`${name}=`),
    flag: Buffer.from(`,${name}_flag=`),
    tests: Buffer.from(`,${name}_tests=`),
  };
};

const NO_TEXT: SeriesText = textOf({ family: '', station: '', device: '', property: '' });

/** Writes readings as line protocol. The texts of series and the buffer are kept from batch to batch. */
export class LineWriter {
  readonly #texts = new WeakMap<Series, SeriesText>();
  readonly #buffer = new LineBuffer();

  of(readings: QualifiedColumns): BatchLines {
    const texts = readings.seriesTable.map((series) => this.#textOf(series));
    return new BatchLines(readings, texts, this.#buffer);
  }

  #textOf(series: Series): SeriesText {
    let text = this.#texts.get(series);
    if (text === undefined) this.#texts.set(series, (text = textOf(series)));
    return text;
  }
}

/** The lines of one batch. */
export class BatchLines {
  readonly #readings: QualifiedColumns;
  readonly #texts: readonly SeriesText[];
  readonly #buffer: LineBuffer;

  constructor(readings: QualifiedColumns, texts: readonly SeriesText[], buffer: LineBuffer) {
    this.#readings = readings;
    this.#texts = texts;
    this.#buffer = buffer;
  }

  /** Readings as points; those of one message at one time, which follow each other, share one. */
  runs(): readonly LineRun[] {
    const runs: LineRun[] = [];
    for (let from = 0; from < this.#readings.length; ) {
      const to = this.#endOfRun(from);
      runs.push({ device: this.#textAt(from).device, from, to });
      from = to;
    }
    return runs;
  }

  /** The lines of these runs. */
  text(runs: readonly LineRun[]): string {
    const buffer = this.#buffer;
    for (const run of runs) {
      buffer.reserve(this.bytesOf(run));
      if (buffer.length > 0) buffer.byte(NEW_LINE);
      this.#write(run, buffer);
    }
    return buffer.take();
  }

  /** Upper bound for the length of a line with its line break. */
  bytesOf({ from, to }: LineRun): number {
    let bytes = this.#textAt(from).tagBytes.length + TIMED_BY_PART.length + 2 * NUMBER_BYTES;
    for (let row = from; row < to; row += 1) {
      const { value, flag, tests } = this.#textAt(row);
      bytes += value.length + flag.length + tests.length + 3 * NUMBER_BYTES;
    }
    return bytes;
  }

  #write({ from, to }: LineRun, buffer: LineBuffer): void {
    const { observedAt, timedBy } = this.#readings;
    buffer.part(this.#textAt(from).tagBytes);
    for (let row = from; row < to; row += 1) {
      buffer.byte(row === from ? SPACE : COMMA);
      this.#writeFields(row, buffer);
    }
    const source = timedBy[from] ?? DEVICE;
    if (source !== DEVICE) {
      buffer.part(TIMED_BY_PART);
      buffer.number(source);
      buffer.byte(INTEGER);
    }
    buffer.byte(SPACE);
    buffer.number(observedAt[from] ?? 0);
  }

  /** A value is a float always: a number without the ending `i` is one. */
  #writeFields(row: number, buffer: LineBuffer): void {
    const { value, flag, tests } = this.#textAt(row);
    buffer.part(value);
    buffer.number(this.#readings.value[row] ?? 0);
    buffer.part(flag);
    buffer.number(this.#readings.flag[row] ?? 0);
    buffer.byte(INTEGER);
    buffer.part(tests);
    buffer.number(this.#readings.tests[row] ?? NO_TESTS);
    buffer.byte(INTEGER);
  }

  #textAt(row: number): SeriesText {
    return this.#texts[this.#readings.series[row] ?? -1] ?? NO_TEXT;
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
