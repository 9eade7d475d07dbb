import { familyNamed } from '#model/families/index.ts';
import { formatInstant } from '#model/base/instant.ts';
import type { WindowOfHours } from '#storage/readings/mean-of-hours.ts';
import type { StoredReading } from '#storage/readings/store.ts';
import type { WindowDocument, WindowsHead } from './windows.ts';

/** RFC 4180 with `\n`. No cell needs quotes, because names of devices and properties have no special characters. */
export const CSV_TYPE = 'text/csv; charset=utf-8; header=present';

const RAW_HEAD = 'observed_at,device,property,value,flag,unit,timed_by,tests\n';
const WINDOW_HEAD = 'start,device,property,value,count,end,expected,complete,unit,level,method,zone,speed,calms\n';
/** Level of validation of all readings: none is checked by a person. */
const LEVEL = 'raw';

/** Rows in one piece of text, so that an export is never in memory as a whole. */
const WINDOWS_A_CHUNK = 2_000;

/** Numbers are written in the shortest form that reads back as the same double. */
const rawLine = (row: StoredReading, unit: string): string =>
  `${formatInstant(row.observedAt)},${row.device},${row.property},${row.value},${row.flag},${unit},${row.timedBy},${row.tests}\n`;

const windowLine = (
  { start, device, property, value, count, end, expected, complete, speed, calms }: WindowDocument,
  { unit, method, zone }: WindowsHead,
): string =>
  `${[start, device, property, value, count, end, expected, complete, unit, LEVEL, method, zone, speed, calms].join(',')}\n`;

/** CSV of raw readings of one family, one piece for each chunk of the store. Units are UCUM codes. */
export async function* rawCsv(chunks: AsyncIterable<readonly StoredReading[]>, family: string): AsyncGenerator<string> {
  const properties = familyNamed(family)?.properties ?? {};
  yield RAW_HEAD;
  for await (const chunk of chunks) {
    yield chunk.map((row) => rawLine(row, properties[row.property]?.unit ?? '')).join('');
  }
}

/** CSV of aggregated readings. */
export function* windowCsv(
  rows: readonly WindowOfHours[],
  documentOf: (row: WindowOfHours) => WindowDocument,
  head: WindowsHead,
): Generator<string> {
  yield WINDOW_HEAD;
  for (let i = 0; i < rows.length; i += WINDOWS_A_CHUNK) {
    yield rows
      .slice(i, i + WINDOWS_A_CHUNK)
      .map((row) => windowLine(documentOf(row), head))
      .join('');
  }
}
