/** Variables that Grafana replaces when it runs a query. */
const TIME_FILTER = '$timeFilter';

/** Window of a chart: as wide as the chart needs to stay readable, never narrower than the data source's interval. */
export const AUTO = '$__interval';

/** Grafana would take `$name` for a variable and `[[name]]` for an old form of one, wherever it stands. */
const plain = (text: string): string => {
  if (/[$\n]|\[\[/.test(text)) throw new Error(`"${text}" cannot be a name or a text in a query of a board`);
  return text;
};

/** A measurement, tag or field, or the name of a column. */
export const identifier = (text: string): string => `"${plain(text).replace(/[\\"]/g, '\\$&')}"`;

/** A text to compare with. */
export const literal = (text: string): string => `'${plain(text).replace(/[\\']/g, '\\$&')}'`;

/** A column: a function of a field, under a name. */
export const column = (fn: string, field: string, name: string): string =>
  `${fn}(${identifier(field)}) AS ${identifier(name)}`;

/** Measurements to select from. */
export const measurements = (...names: readonly string[]): string => names.map(identifier).join(', ');

/** A query to select from, as if its rows were a measurement. */
export const rowsOf = (query: string): string => `(${query})`;

/** Only what was observed in the time that the board shows. */
export const inRange = TIME_FILTER;

/** Only values that are not flagged FAIL or MISSING: the flags 1, 2 and 3, as the API shows them unless asked. */
export const passedChecks = (property: string): string => `${identifier(`${property}_flag`)} <= 3`;

/** Only the stations that are picked at the top of the board; `:regex` escapes and joins them in every Grafana. */
export const atPickedStations = `${identifier('station')} =~ /^\${station:regex}$/`;

export interface Select {
  readonly columns: readonly string[];
  /** `measurements` or `rowsOf`. */
  readonly from: string;
  readonly where?: readonly string[];
  /** Tags: one series for each combination. */
  readonly by?: readonly string[];
  /** Width of a time window. */
  readonly every?: string;
  /** Offset of the start of a window from the whole hour: 1 ms turns [start, end) into (start, end]. */
  readonly later?: string;
  /** The value of an empty window. */
  readonly fill?: 'none' | 'null';
}

/** One InfluxQL statement, as InfluxDB 1.x, 2.x and 3 take it. */
export const select = ({ columns, from, where = [], by = [], every, later, fill = 'none' }: Select): string => {
  const window = [every, later].filter((part) => part !== undefined).join(', ');
  const groups = [...(every === undefined ? [] : [`time(${window})`]), ...by.map(identifier)];
  return [
    `SELECT ${columns.join(', ')} FROM ${from}`,
    ...(where.length === 0 ? [] : [`WHERE ${where.join(' AND ')}`]),
    ...(groups.length === 0 ? [] : [`GROUP BY ${groups.join(', ')}`]),
    ...(every === undefined ? [] : [`fill(${fill})`]),
  ].join(' ');
};

/** One row for each tag combination with the newest value of each field, each by its own time. */
export const newest = (
  fields: readonly { readonly field: string; readonly name: string; readonly where: readonly string[] }[],
  from: string,
  by: readonly string[],
): string =>
  select({
    columns: fields.map(({ field, name }) => column('last', field, name)),
    from: fields
      .map(({ field, where }) => rowsOf(select({ columns: [identifier(field)], from, where: [...where, inRange], by })))
      .join(', '),
    by,
  });
