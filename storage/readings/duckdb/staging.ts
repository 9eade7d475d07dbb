import {
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBType,
  type DuckDBVector,
  DOUBLE,
  INTEGER,
  TINYINT,
} from '@duckdb/node-api';
import { type Qualified, TIMED_BY } from '#model/readings/reading.ts';
import type { ReadingKey } from '#storage/readings/store.ts';

/** Rows that DuckDB takes in one chunk (`STANDARD_VECTOR_SIZE`). */
const CHUNK_ROWS = 2_048;

type StagedSeries = Pick<ReadingKey, 'station' | 'device' | 'family' | 'property'>;

/** Tables of one connection, in memory: texts cross from JavaScript once per series, numbers once per reading. */
const TABLES = `
  CREATE TEMP TABLE series (id INTEGER, station VARCHAR, device VARCHAR, family VARCHAR, property VARCHAR);
  CREATE TEMP TABLE staged (series INTEGER, observed_at DOUBLE, received_at DOUBLE, value DOUBLE, flag TINYINT,
    sequence DOUBLE, timed_by TINYINT, revised TINYINT);
  CREATE TEMP TABLE wanted (series INTEGER, observed_at DOUBLE, position INTEGER);
`;
const STAGED: readonly DuckDBType[] = [INTEGER, DOUBLE, DOUBLE, DOUBLE, TINYINT, DOUBLE, TINYINT, TINYINT];
const WANTED: readonly DuckDBType[] = [INTEGER, DOUBLE, INTEGER];

/** Gives every combination of station, device, family and property a small number that joins it to its texts. */
class Dictionary {
  readonly #groups = new Map<string, Map<string, number>>();
  #count = 0;
  #last: StagedSeries | undefined;
  #lastGroup = new Map<string, number>();
  /** Series that the table does not hold yet, by number. */
  fresh: [id: number, series: StagedSeries][] = [];

  idOf(series: StagedSeries): number {
    const group = this.#groupOf(series);
    const known = group.get(series.property);
    if (known !== undefined) return known;
    const id = this.#count;
    this.#count += 1;
    group.set(series.property, id);
    this.fresh.push([id, series]);
    return id;
  }

  /** The readings of one message follow each other, so that most of them find the group of the one before. */
  #groupOf(series: StagedSeries): Map<string, number> {
    const last = this.#last;
    if (last?.device === series.device && last.station === series.station && last.family === series.family) {
      return this.#lastGroup;
    }
    const key = `${series.device}\t${series.station}\t${series.family}`;
    const group = this.#groups.get(key) ?? new Map<string, number>();
    this.#groups.set(key, group);
    this.#last = series;
    this.#lastGroup = group;
    return group;
  }
}

type FillRow = (vectors: readonly DuckDBVector[], row: number, index: number) => void;

/** Brings rows into the staging tables of one connection, from which one statement moves them on. */
export class Staging {
  readonly #connection: DuckDBConnection;
  readonly #dictionary = new Dictionary();

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  static async create(connection: DuckDBConnection): Promise<Staging> {
    await connection.run(TABLES);
    return new Staging(connection);
  }

  /** Replaces what `staged` holds by the readings. */
  async readings(readings: readonly Qualified[], revised: ReadonlySet<number>): Promise<void> {
    await this.#fill('staged', STAGED, readings.length, (vectors, row, index) => {
      const reading = readings[index];
      if (reading === undefined) return;
      vectors[0]?.setItem(row, this.#dictionary.idOf(reading));
      vectors[1]?.setItem(row, reading.observedAt);
      vectors[2]?.setItem(row, reading.receivedAt);
      vectors[3]?.setItem(row, reading.value);
      vectors[4]?.setItem(row, reading.flag);
      vectors[5]?.setItem(row, reading.sequence);
      vectors[6]?.setItem(row, TIMED_BY.indexOf(reading.timedBy));
      vectors[7]?.setItem(row, revised.has(index) ? 1 : 0);
    });
  }

  /** Replaces what `wanted` holds by the keys, numbered by their position. */
  async keys(keys: readonly ReadingKey[]): Promise<void> {
    await this.#fill('wanted', WANTED, keys.length, (vectors, row, index) => {
      const key = keys[index];
      if (key === undefined) return;
      vectors[0]?.setItem(row, this.#dictionary.idOf(key));
      vectors[1]?.setItem(row, key.observedAt);
      vectors[2]?.setItem(row, index);
    });
  }

  async #fill(table: string, types: readonly DuckDBType[], rows: number, fillRow: FillRow): Promise<void> {
    await this.#connection.run(`TRUNCATE ${table}`);
    const appender = await this.#connection.createAppender(table, null, 'temp');
    try {
      for (let start = 0; start < rows; start += CHUNK_ROWS) {
        const chunk = DuckDBDataChunk.create(types, Math.min(CHUNK_ROWS, rows - start));
        const vectors = types.map((_, column) => chunk.getColumnVector(column));
        for (let row = 0; row < chunk.rowCount; row += 1) fillRow(vectors, row, start + row);
        for (const vector of vectors) vector.flush();
        appender.appendDataChunk(chunk);
      }
    } finally {
      appender.closeSync();
    }
    await this.#learn();
  }

  async #learn(): Promise<void> {
    const { fresh } = this.#dictionary;
    if (fresh.length === 0) return;
    const appender = await this.#connection.createAppender('series', null, 'temp');
    for (const [id, series] of fresh) {
      appender.appendInteger(id);
      appender.appendVarchar(series.station);
      appender.appendVarchar(series.device);
      appender.appendVarchar(series.family);
      appender.appendVarchar(series.property);
      appender.endRow();
    }
    appender.closeSync();
    this.#dictionary.fresh = [];
  }
}
