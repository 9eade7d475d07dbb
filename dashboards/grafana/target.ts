import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { DATA_SOURCE } from './data-source.ts';

/** A query of a panel as Grafana's InfluxDB data source takes it, written by hand ("raw"). */
interface InfluxQlQuery extends Dataquery {
  readonly refId: string;
  readonly query: string;
  readonly rawQuery: true;
  readonly resultFormat: 'time_series' | 'table';
  readonly alias?: string;
  readonly datasource: typeof DATA_SOURCE;
}

/**
 * The custom query that the Foundation SDK lacks for InfluxDB. One statement each: Grafana shows the results of the
 * first and no other.
 */
export class InfluxQlTarget implements Builder<Dataquery> {
  readonly #refId: string;
  readonly #query: string;
  #alias: string | undefined;
  #isTable = false;

  constructor(refId: string, query: string) {
    this.#refId = refId;
    this.#query = query;
  }

  /** Names the series of a chart: `$tag_station`, `$col`. */
  alias(pattern: string): this {
    this.#alias = pattern;
    return this;
  }

  /** All series in one table, their tags as columns. */
  asTable(): this {
    this.#isTable = true;
    return this;
  }

  build(): InfluxQlQuery {
    return {
      refId: this.#refId,
      query: this.#query,
      rawQuery: true,
      resultFormat: this.#isTable ? 'table' : 'time_series',
      ...(this.#alias === undefined ? {} : { alias: this.#alias }),
      datasource: DATA_SOURCE,
      // a mark for the compiler; a function does not get into JSON
      _implementsDataqueryVariant: () => undefined,
    };
  }
}
