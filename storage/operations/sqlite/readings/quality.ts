import type { DatabaseSync } from 'node:sqlite';
import { days } from '#model/base/duration.ts';
import {
  LateSeries,
  NumbersRow,
  type QualityCommit,
  type QualityRows,
  SeriesChange,
} from '#storage/operations/quality.ts';
import type { SeriesCourse } from '#model/quality/series-course.ts';
import type { ReaderName } from '#storage/operations/reader-name.ts';
import { all, number, text } from '#storage/operations/sqlite/row.ts';
import { tableOf } from '#storage/operations/sqlite/table.ts';
import type { Transaction } from '#storage/operations/sqlite/transaction.ts';

const NUMBERS = tableOf('series_numbers', NumbersRow);
const LATE = tableOf('late_series', LateSeries);
const CHANGE = tableOf('series_change', SeriesChange);

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

/** Changes are remembered for so long. */
const REMEMBERED_MS = days(400).ms;

/** Notes changes of stored values, and forgets old ones; to be called inside a transaction. */
const notingChanges = (database: DatabaseSync): ((changes: readonly SeriesChange[]) => void) => {
  const note = database.prepare(`${CHANGE.insert} ON CONFLICT DO UPDATE SET "to" = max("to", excluded."to")`);
  const forget = database.prepare('DELETE FROM series_change WHERE at < $before');
  return (changes) => {
    for (const one of changes) note.run(...CHANGE.values(one));
    const [first] = changes;
    if (first !== undefined) forget.run({ before: first.at - REMEMBERED_MS });
  };
};

/** Adds what a batch changes for the quality tests; to be called inside the transaction of the storing reader. */
export const addingQuality = (database: DatabaseSync): ((quality: QualityCommit) => void) => {
  const putNumbers = puttingNumbers(database, 'storing');
  const noteLate = notingLate(database);
  const noteChanges = notingChanges(database);
  return ({ courses, late, changes }) => {
    putNumbers(courses);
    noteLate(late);
    noteChanges(changes);
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
  const noteChanges = notingChanges(database);
  const changed = database.prepare('SELECT * FROM series_change WHERE station = $station AND at >= $since');
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
    seriesChanges: (station, since) => all(changed, CHANGE.read, { station, since }),
    lateSeries: (quiet, waited) => all(late, LATE.read, { quiet, waited }),
    commitRequalified: ({ device, station, property, family }, rest, { numbers: found, changes }) =>
      transaction(() => {
        if (rest === undefined) forget.run({ device, station, property });
        else shorten.run({ device, station, property, rest });
        noteChanges(changes);
        if (found !== undefined) putNumbers([{ series: { device, station, property, family }, numbers: found }]);
      }),
  };
};
