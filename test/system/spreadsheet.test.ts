import { execFile } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { rawCsv } from '#api/readings/csv.ts';
import type { CsvFormat } from '#api/readings/schema.ts';
import { timesOf } from '#api/readings/times.ts';
import type { StoredReading } from '#storage/readings/store.ts';
import { aReading, MORNING } from '#test/support/builders/readings.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const OFFICE = '/usr/bin/soffice';
const UNZIP = '/usr/bin/unzip';
const run = promisify(execFile);

/** Rows of the larger file; `npm run acceptance -- spreadsheet-month` makes a month of them. */
const ROWS = Number(process.env['TEST_CSV_ROWS'] ?? 20_000);
const CHUNK = 10_000;
const SIX_SECONDS = 6_000;

/** Tokens of the import filter of LibreOffice: separator, quote, UTF-8, first line, column formats, language. */
const FILTERS: Readonly<Record<CsvFormat, string>> = {
  csv: 'CSV:44,34,76,1,,1033,false,true',
  'csv-id': 'CSV:59,34,76,1,,1057,false,true',
};

async function* readings(count: number): AsyncGenerator<readonly StoredReading[]> {
  for (let i = 0; i < count; i += CHUNK) {
    yield Array.from({ length: Math.min(CHUNK, count - i) }, (_, j) =>
      aReading({ observedAt: MORNING + (i + j) * SIX_SECONDS, value: (i + j) / 8 }),
    );
  }
}

/** Types of the cells of a column in a converted file, with their numbers. */
const cellsOf = async (file: string, column: string): Promise<string> => {
  const cells = `grep -o '<c r="${column}[0-9]*"[^>]*>' | sed 's/.* t="\\([a-z]*\\)".*/\\1/' | sort | uniq -c`;
  const { stdout } = await run('sh', ['-c', `${UNZIP} -p '${file}' xl/worksheets/sheet1.xml | ${cells}`]);
  return stdout.trim().replaceAll(/\s+/g, ' ');
};

describe.skipIf(!existsSync(OFFICE) || !existsSync(UNZIP))('LibreOffice', () => {
  test.for([
    ['csv', ROWS],
    ['csv-id', CHUNK],
  ] as const)('opens a file of the format %s with %i rows, with numbers as numbers', async ([format, count]) => {
    const folder = tempFolder();
    const span = { from: MORNING, to: MORNING + count * SIX_SECONDS };
    const text = rawCsv(readings(count), { format, family: 'air', timeOf: timesOf('Asia/Jakarta', span) });
    await pipeline(Readable.from(text), createWriteStream(join(folder, 'readings.csv')));
    const own = `-env:UserInstallation=file://${join(folder, 'profile')}`;
    const convert = ['--headless', `--infilter=${FILTERS[format]}`, '--convert-to', 'xlsx', '--outdir', folder];
    await run(OFFICE, [own, ...convert, join(folder, 'readings.csv')]);
    const file = join(folder, 'readings.xlsx');
    // n: number, s: text, which the head is
    for (const column of ['D', 'E', 'K']) expect(await cellsOf(file, column), column).toBe(`${count} n 1 s`);
    expect(await cellsOf(file, 'B')).toBe(`${count + 1} s`);
  });
});
