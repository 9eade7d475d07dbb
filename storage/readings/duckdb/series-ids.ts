import type { DuckDBConnection } from '@duckdb/node-api';
import type { ReadingKey } from '#storage/readings/store.ts';
import { column } from './sql.ts';

/** The texts that all readings of a series share. */
type SeriesTexts = Pick<ReadingKey, 'station' | 'device' | 'family' | 'property'>;

/** A device keeps the values of a property when it moves to another station. */
type DeviceProperty = Pick<SeriesTexts, 'device' | 'property'>;

const deviceKeyOf = ({ device, property }: DeviceProperty): string => `${device}\t${property}`;

const keyOf = ({ device, station, family, property }: SeriesTexts): string =>
  `${device}\t${station}\t${family}\t${property}`;

/**
 * The numbers of series and journals, as the tables `series` and `journal` hold them. New ones are added to the tables by
 * the transaction under way; where that fails, the whole session is given up and its numbers with it.
 */
export class SeriesIds {
  readonly #connection: DuckDBConnection;
  readonly #series = new Map<string, number>();
  /** Numbers by the objects that come again with each batch. */
  readonly #byObject = new WeakMap<SeriesTexts, number>();
  readonly #ofDevice = new Map<string, number[]>();
  readonly #journals = new Map<string, number>();
  #fresh: [id: number, series: SeriesTexts][] = [];

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  static async load(connection: DuckDBConnection): Promise<SeriesIds> {
    const ids = new SeriesIds(connection);
    const series = await connection.run('SELECT id, station, device, family, property FROM series');
    for (const chunk of await series.fetchAllChunks()) {
      const [station, device] = [column(chunk, 1, 'string'), column(chunk, 2, 'string')];
      const [family, property] = [column(chunk, 3, 'string'), column(chunk, 4, 'string')];
      for (const [row, id] of column(chunk, 0, 'number').entries()) {
        const texts = { station: station[row] ?? '', device: device[row] ?? '' };
        ids.#add({ ...texts, family: family[row] ?? '', property: property[row] ?? '' }, id);
      }
    }
    const journals = await connection.run('SELECT id, name FROM journal');
    for (const chunk of await journals.fetchAllChunks()) {
      const names = column(chunk, 1, 'string');
      for (const [row, id] of column(chunk, 0, 'number').entries()) ids.#journals.set(names[row] ?? '', id);
    }
    return ids;
  }

  /** The number of a series; a new one stands in the table after `save`. */
  of(series: SeriesTexts): number {
    let id = this.#byObject.get(series);
    if (id === undefined) this.#byObject.set(series, (id = this.#numberOf(series)));
    return id;
  }

  #numberOf(series: SeriesTexts): number {
    const known = this.#series.get(keyOf(series));
    if (known !== undefined) return known;
    const id = this.#series.size;
    this.#add(series, id);
    this.#fresh.push([id, series]);
    return id;
  }

  /** The numbers of the series that a device has had for a property, at all its stations. */
  ofDevice(property: DeviceProperty): readonly number[] {
    return this.#ofDevice.get(deviceKeyOf(property)) ?? [];
  }

  #add(series: SeriesTexts, id: number): void {
    this.#series.set(keyOf(series), id);
    const key = deviceKeyOf(series);
    const others = this.#ofDevice.get(key);
    if (others === undefined) this.#ofDevice.set(key, [id]);
    else others.push(id);
  }

  /** The number of a journal, which stands in its table then. */
  async ofJournal(name: string): Promise<number> {
    const known = this.#journals.get(name);
    if (known !== undefined) return known;
    const id = this.#journals.size;
    await this.#connection.run('INSERT INTO journal VALUES ($1, $2)', [id, name]);
    this.#journals.set(name, id);
    return id;
  }

  /** Adds the series that were numbered since the last call to the table. */
  async save(): Promise<void> {
    if (this.#fresh.length === 0) return;
    const appender = await this.#connection.createAppender('series');
    for (const [id, series] of this.#fresh) {
      appender.appendInteger(id);
      appender.appendVarchar(series.station);
      appender.appendVarchar(series.device);
      appender.appendVarchar(series.family);
      appender.appendVarchar(series.property);
      appender.endRow();
    }
    appender.closeSync();
    this.#fresh = [];
  }
}
