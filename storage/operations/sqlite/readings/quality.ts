import type { DatabaseSync } from 'node:sqlite';
import { LateSeries, NumbersRow, type QualityCommit, type QualityRows } from '#storage/operations/quality.ts';
import type { SeriesCourse } from '#model/quality/series-course.ts';
import type { ReaderName } from '#storage/operations/reader-name.ts';
import { all, number, text } from '#storage/operations/sqlite/row.ts';
import { tableOf } from '#storage/operations/sqlite/table.ts';
import type { Transaction } from '#storage/operations/sqlite/transaction.ts';

const NUMBERS = tableOf('series_numbers', NumbersRow);
const LATE = tableOf('late_series', LateSeries);

const bytesOf = ({ buffer, byteOffset, byteLength }: Float64Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** A copy, since the numbers have to begin at a multiple of eight. */
const numbersIn = (bytes: Uint8Array): Float64Array => new Float64Array(Uint8Array.from(bytes).buffer);

/** Puts the numbers of series as a reader knows them; to be called inside the transaction of its cursor. */
export const puttingNumbers = (
  database: DatabaseSync,
  reader: ReaderName,
): ((courses: readonly SeriesCourse[]) => void) => {
  const put = database.prepare(NUMBERS.replace);
  return (courses) => {
    for (const { series, numbers } of courses) {
      const { device, station, property, family } = series;
      put.run(...NUMBERS.values({ reader, device, station, property, family, numbers: bytesOf(numbers) }));
    }
  };
};

/** Notes late values of series; to be called inside a transaction. */
const notingLate = (database: DatabaseSync): ((late: readonly LateSeries[]) => void) => {
  const note = database.prepare(
    `${LATE.insert} ON CONFLICT (device, station, property) DO UPDATE SET "from" = min("from", excluded."from"),
     "to" = max("to", excluded."to"), noted = excluded.noted`,
  );
  return (late) => {
    for (const one of late) note.run(...LATE.values(one));
  };
};

/** Adds what a batch changes for the quality tests; to be called inside the transaction of the storing reader. */
export const addingQuality = (database: DatabaseSync): ((quality: QualityCommit) => void) => {
  const putNumbers = puttingNumbers(database, 'storing');
  const noteLate = notingLate(database);
  return ({ courses, late }) => {
    putNumbers(courses);
    noteLate(late);
  };
};

/** Rows of the quality tests in SQLite: the numbers of each series, and series with late values. */
export const qualityRows = (database: DatabaseSync, transaction: Transaction): QualityRows => {
  const courses = database.prepare('SELECT * FROM series_numbers WHERE reader = $reader');
  const late = database.prepare('SELECT * FROM late_series WHERE noted < $quiet OR since < $waited ORDER BY since');
  const forget = database.prepare(
    'DELETE FROM late_series WHERE device = $device AND station = $station AND property = $property',
  );
  const shorten = database.prepare(
    'UPDATE late_series SET "from" = $rest WHERE device = $device AND station = $station AND property = $property',
  );
  const putNumbers = puttingNumbers(database, 'storing');
  const versions = database.prepare('SELECT * FROM quality_version ORDER BY version');
  const putVersion = database.prepare('INSERT INTO quality_version VALUES ($version, $from, $parameters)');
  return {
    qualityVersions: () =>
      all(versions, (row) => ({
        version: number(row, 'version'),
        from: number(row, 'from'),
        parameters: text(row, 'parameters'),
      })),
    keepQualityVersions: (kept) =>
      transaction(() => {
        database.exec('DELETE FROM quality_version');
        for (const { version, from, parameters } of kept) putVersion.run({ version, from, parameters });
      }),
    seriesCourses: (reader) =>
      all(
        courses,
        (row) => {
          const { device, station, property, family, numbers: bytes } = NUMBERS.read(row);
          return { series: { device, station, property, family }, numbers: numbersIn(bytes) };
        },
        { reader },
      ),
    lateSeries: (quiet, waited) => all(late, LATE.read, { quiet, waited }),
    commitRequalified: ({ device, station, property, family }, rest, found) =>
      transaction(() => {
        if (rest === undefined) forget.run({ device, station, property });
        else shorten.run({ device, station, property, rest });
        if (found !== undefined) putNumbers([{ series: { device, station, property, family }, numbers: found }]);
      }),
  };
};
