import {
  BIGINT,
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBType,
  DOUBLE,
  INTEGER,
  SMALLINT,
  TIMESTAMP,
  TINYINT,
} from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';

/** Rows that DuckDB takes in one chunk (`STANDARD_VECTOR_SIZE`). */
const CHUNK_ROWS = 2_048;
const TWO_32 = 2 ** 32;

/** Whole numbers of 64 bits, written by halves: a BigInt of each would cost more than all else. */
export class Int64Column {
  readonly halves: Int32Array<ArrayBuffer>;
  /** The number set last: most are set several times in a row. */
  #last = Number.NaN;
  #low = 0;
  #high = 0;

  constructor(rows: number) {
    this.halves = new Int32Array(2 * rows);
  }

  /** @param whole exact as a number, so between −2^53 and 2^53 */
  set(row: number, whole: number): void {
    if (whole !== this.#last) {
      this.#last = whole;
      this.#high = Math.floor(whole / TWO_32);
      this.#low = whole - this.#high * TWO_32;
    }
    this.halves[2 * row] = this.#low;
    this.halves[2 * row + 1] = this.#high;
  }
}

/** A column of a table: an array of its numbers, one after the other as DuckDB has them in memory. */
export type TableColumn =
  | Uint8Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

/** Appends columns to a table: chunk by chunk the bytes are copied as they are. */
const appendColumns = (
  appender: DuckDBAppender,
  types: readonly DuckDBType[],
  columns: readonly TableColumn[],
  rows: number,
): void => {
  for (let from = 0; from < rows; from += CHUNK_ROWS) {
    const count = Math.min(CHUNK_ROWS, rows - from);
    const chunk = DuckDBDataChunk.create(types, count);
    for (const [index, { buffer, byteOffset, byteLength }] of columns.entries()) {
      const width = byteLength / rows;
      const vector = duckdb.data_chunk_get_vector(chunk.chunk, index);
      duckdb.copy_data_to_vector(vector, 0, buffer, byteOffset + from * width, count * width);
    }
    appender.appendDataChunk(chunk);
  }
};

/** Tables of a session beside the stored ones: the keys and the flags that a statement joins with. */
const WANTED = 'CREATE TEMP TABLE wanted (series INTEGER, observed_at TIMESTAMP, position INTEGER)';
const REQUALIFIED =
  'CREATE TEMP TABLE requalified (series INTEGER, observed_at TIMESTAMP, flag TINYINT, tests INTEGER)';

/** The columns of `reading_row`, in the order of the table. */
export interface RowColumns {
  readonly observedAt: Int64Column;
  readonly series: Int32Array<ArrayBuffer>;
  readonly value: Float64Array<ArrayBuffer>;
  readonly flag: Uint8Array<ArrayBuffer>;
  readonly receivedAt: Int64Column;
  readonly journal: Int16Array<ArrayBuffer>;
  readonly sequence: Int64Column;
  readonly timedBy: Uint8Array<ArrayBuffer>;
  readonly tests: Int32Array<ArrayBuffer>;
}

/** The columns of `wanted`. */
export interface WantedColumns {
  readonly series: Int32Array<ArrayBuffer>;
  readonly observedAt: Int64Column;
  readonly position: Int32Array<ArrayBuffer>;
}

/** The columns of `requalified`. */
export interface RequalifiedColumns {
  readonly series: Int32Array<ArrayBuffer>;
  readonly observedAt: Int64Column;
  readonly flag: Uint8Array<ArrayBuffer>;
  readonly tests: Int32Array<ArrayBuffer>;
}

/** Brings columns into the tables of one connection. */
export class RowAppender {
  readonly #connection: DuckDBConnection;

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  static async create(connection: DuckDBConnection): Promise<RowAppender> {
    await connection.run(WANTED);
    await connection.run(REQUALIFIED);
    return new RowAppender(connection);
  }

  /** Adds rows to `reading_row`, within the transaction under way. */
  async rows(rows: RowColumns): Promise<void> {
    const { series, value, flag, journal, timedBy, tests } = rows;
    const [observedAt, receivedAt, sequence] = [rows.observedAt.halves, rows.receivedAt.halves, rows.sequence.halves];
    const types = [TIMESTAMP, INTEGER, DOUBLE, TINYINT, TIMESTAMP, SMALLINT, BIGINT, TINYINT, INTEGER];
    const columns = [observedAt, series, value, flag, receivedAt, journal, sequence, timedBy, tests];
    const appender = await this.#connection.createAppender('reading_row');
    this.#append(appender, types, columns, series.length);
  }

  /** Replaces the rows of `wanted`. */
  async wanted({ series, observedAt, position }: WantedColumns): Promise<void> {
    await this.#connection.run('TRUNCATE wanted');
    const appender = await this.#connection.createAppender('wanted', null, 'temp');
    this.#append(appender, [INTEGER, TIMESTAMP, INTEGER], [series, observedAt.halves, position], series.length);
  }

  /** Replaces the rows of `requalified`. */
  async requalified({ series, observedAt, flag, tests }: RequalifiedColumns): Promise<void> {
    await this.#connection.run('TRUNCATE requalified');
    const appender = await this.#connection.createAppender('requalified', null, 'temp');
    const columns = [series, observedAt.halves, flag, tests];
    this.#append(appender, [INTEGER, TIMESTAMP, TINYINT, INTEGER], columns, series.length);
  }

  #append(appender: DuckDBAppender, types: readonly DuckDBType[], columns: readonly TableColumn[], rows: number): void {
    try {
      appendColumns(appender, types, columns, rows);
    } finally {
      appender.closeSync();
    }
  }
}
