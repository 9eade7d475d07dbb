import { familyNamed } from '#model/families/index.ts';
import type { Instant } from '#model/base/instant.ts';
import type { WindowOfHours } from '#storage/readings/mean-of-hours.ts';
import type { StoredReading } from '#storage/readings/store.ts';
import type { CsvFormat } from './schema.ts';
import type { WindowDocument, WindowsHead } from './windows.ts';

/** RFC 4180 with `\n`. No cell needs quotes, because names of devices and properties have no special characters. */
export const CSV_TYPE = 'text/csv; charset=utf-8; header=present';

const RAW_HEAD = 'observed_at device property value flag unit timed_by level raw version tests'.split(' ');
const WINDOW_HEAD = 'start device property value count end expected complete unit level method zone speed calms'.split(
  ' ',
);

/** Level of validation of all readings: none is checked by a person. */
const LEVEL = 'raw';
/** The raw value and the version of a correction: no correction is in force. */
const UNCORRECTED = '';

/** Rows in one piece of text, so that an export is never in memory as a whole. */
const WINDOWS_A_CHUNK = 2_000;

type Cell = string | number | boolean | null | undefined;

/** Characters of a format: how cells are joined, how the file begins, and how a number is written. */
interface Dialect {
  readonly separator: string;
  readonly start: string;
  readonly number: (value: number) => string;
}

/**
 * Numbers are written in the shortest form that reads back as the same double. A spreadsheet of an Indonesian computer takes a comma for
 * the decimal point, so its cells are separated by semicolons; it knows UTF-8 by the byte order mark.
 */
const DIALECTS: Readonly<Record<CsvFormat, Dialect>> = {
  csv: { separator: ',', start: '', number: String },
  'csv-id': { separator: ';', start: '\uFEFF', number: (value) => String(value).replace('.', ',') },
};

const lineWriter =
  ({ separator, number }: Dialect) =>
  (cells: readonly Cell[]): string =>
    `${cells.map((cell) => (typeof cell === 'number' ? number(cell) : (cell ?? ''))).join(separator)}\n`;

interface RawCsv {
  readonly format: CsvFormat;
  readonly family: string;
  readonly timeOf: (at: Instant) => string;
}

/** CSV of raw readings of one family, one piece for each chunk of the store. Units are UCUM codes. */
export async function* rawCsv(
  chunks: AsyncIterable<readonly StoredReading[]>,
  { format, family, timeOf }: RawCsv,
): AsyncGenerator<string> {
  const properties = familyNamed(family)?.properties ?? {};
  const unitOf = (property: string): string => properties[property]?.unit ?? '';
  const dialect = DIALECTS[format];
  const line = lineWriter(dialect);
  const lineOf = ({ observedAt, device, property, value, flag, timedBy, tests }: StoredReading): string =>
    line([
      timeOf(observedAt),
      device,
      property,
      value,
      flag,
      unitOf(property),
      timedBy,
      LEVEL,
      UNCORRECTED,
      UNCORRECTED,
      tests,
    ]);
  yield dialect.start + line(RAW_HEAD);
  for await (const chunk of chunks) yield chunk.map(lineOf).join('');
}

/** CSV of aggregated readings. */
export function* windowCsv(
  rows: readonly WindowOfHours[],
  documentOf: (row: WindowOfHours) => WindowDocument,
  { unit, method, zone, format }: WindowsHead & { readonly format: CsvFormat },
): Generator<string> {
  const dialect = DIALECTS[format];
  const line = lineWriter(dialect);
  const lineOf = ({ start, device, property, value, count, end, expected, complete, speed, calms }: WindowDocument) =>
    line([start, device, property, value, count, end, expected, complete, unit, LEVEL, method, zone, speed, calms]);
  yield dialect.start + line(WINDOW_HEAD);
  for (let i = 0; i < rows.length; i += WINDOWS_A_CHUNK) {
    yield rows
      .slice(i, i + WINDOWS_A_CHUNK)
      .map((row) => lineOf(documentOf(row)))
      .join('');
  }
}
