import type { ComponentChildren } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import { TableFrame } from '#dashboards/console/components/common/table-frame.tsx';
import { address, setQuery } from '#dashboards/console/state/router.ts';
import { useStore } from '#dashboards/console/state/store.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { SearchField, SelectField } from './fields.tsx';
import { compareKeys, isFound, sorted } from './order.ts';
import { useVirtualRows } from './virtual-rows.ts';

export interface TableColumn<T> {
  /** Its name in the address. */
  readonly name: string;
  readonly title: string;
  readonly isNumber?: true;
  /** By what its rows are sorted; absent where they cannot be. */
  readonly key?: (row: T) => string | number;
  /** The text of a row by which the column is filtered; absent where it is not. */
  readonly filter?: (row: T) => string;
  readonly cell: (row: T) => ComponentChildren;
}

interface DataTableProps<T> {
  readonly label: string;
  /** Stands before its names in the address, where a page has several tables. */
  readonly name?: string;
  readonly rows: readonly T[];
  readonly columns: readonly TableColumn<T>[];
  /** The column that is the heading of its row; the first where it is absent. */
  readonly heading?: string;
  /** The order that the address leaves out, such as `-received`; that of the first column where it is absent. */
  readonly order?: string;
  readonly idOf: (row: T) => string;
  /** Everything of a row that a search finds. */
  readonly textOf: (row: T) => string;
  /** Attributes of a row. */
  readonly marksOf?: (row: T) => Readonly<Record<`data-${string}`, string | number>>;
  /** Filters beside the search. */
  readonly filters?: ComponentChildren;
  /** Shown when search and filters leave none of the rows. */
  readonly children?: ComponentChildren;
}

const ROW_HEIGHT = 44;

/** Order, search and filters of a table in the address. */
interface TableQuery {
  readonly sort: string;
  readonly search: string;
  /** The text that a column has to have, by the name of the column. */
  readonly kept: Readonly<Record<string, string>>;
  readonly set: (name: string, text: string) => void;
}

const useTableQuery = (
  prefix: string,
  columns: readonly Pick<TableColumn<never>, 'name' | 'filter'>[],
  order: string,
): TableQuery => {
  const { query } = useStore(address);
  const of = (name: string): string => query[`${prefix}${name}`] ?? '';
  const filtered = columns.filter(({ filter }) => filter !== undefined).map(({ name }) => name);
  return {
    sort: of('sort') === '' ? order : of('sort'),
    search: of('q'),
    kept: Object.fromEntries(filtered.map((name) => [name, of(name)]).filter(([, text]) => text !== '')),
    set: (name, text) => setQuery({ [`${prefix}${name}`]: text === '' || text === order ? undefined : text }),
  };
};

/** The rows that search and filters leave, in their order. */
const foundRows = <T,>(
  rows: readonly T[],
  columns: readonly TableColumn<T>[],
  textOf: (row: T) => string,
  { sort, search, kept }: TableQuery,
): readonly T[] => {
  const filters = columns.flatMap(({ name, filter }) => {
    const text = kept[name];
    return filter === undefined || text === undefined ? [] : [(row: T) => filter(row) === text];
  });
  const left = rows.filter(
    (row) => filters.every((isKept) => isKept(row)) && (search === '' || isFound(textOf(row), search)),
  );
  const column = columns.find(({ name }) => name === sort.replace(/^-/, ''));
  return column?.key === undefined ? left : sorted(left, column.key, sort.startsWith('-'));
};

/** A table with search, sort and filters, which the address keeps; of a long one the rows near the screen are drawn. */
export const DataTable = <T,>(props: DataTableProps<T>) => {
  const { label, name, rows, columns, textOf, filters, children } = props;
  const texts = useTexts();
  const order = props.order ?? columns[0]?.name ?? '';
  const query = useTableQuery(name === undefined ? '' : `${name}.`, columns, order);
  const { sort, search, kept, set } = query;
  const found = useMemo(
    () => foundRows(rows, columns, textOf, query),
    [rows, columns, search, sort, JSON.stringify(kept)],
  );
  return (
    <div class="data-table" data-table={name ?? 'all'}>
      <div class="filters">
        <SearchField value={search} onChange={(next) => set('q', next)} />
        {filters}
        {columns.map((column) => (
          <ColumnFilter key={column.name} {...{ column, rows }} value={kept[column.name] ?? ''} onChange={set} />
        ))}
        <SortField {...{ columns, sort }} onSort={(next) => set('sort', next)} />
        <span class="about" role="status" data-found={found.length}>
          {texts.table.found(found.length, rows.length)}
        </span>
      </div>
      {found.length > 0 && (
        <TableFrame label={label}>
          <table role="table" aria-rowcount={found.length + 1}>
            <Head {...{ columns, sort }} onSort={(next) => set('sort', next)} />
            <Body {...props} rows={found} />
          </table>
        </TableFrame>
      )}
      {found.length === 0 && children}
    </div>
  );
};

const Body = <T,>({ rows, columns, heading, idOf, marksOf }: DataTableProps<T>) => {
  const frame = useRef<HTMLTableSectionElement>(null);
  const keys = useMemo(() => rows.map(idOf), [rows]);
  const shown = useVirtualRows(keys, ROW_HEIGHT, frame);
  const head = heading ?? columns[0]?.name;
  return (
    <tbody ref={frame} role="rowgroup">
      {shown.above > 0 && <tr class="space" style={{ height: `${shown.above}px` }} />}
      {rows.slice(shown.from, shown.to).map((row, i) => (
        <tr
          key={keys[shown.from + i]}
          role="row"
          data-row={keys[shown.from + i]}
          aria-rowindex={shown.from + i + 2}
          {...marksOf?.(row)}
        >
          {columns.map(({ name, title, isNumber, cell }) =>
            name === head ? (
              <th key={name} scope="row" role="rowheader" data-title={title}>
                {cell(row)}
              </th>
            ) : (
              <td key={name} role="cell" data-title={title} class={isNumber === true ? 'number' : undefined}>
                {cell(row)}
              </td>
            ),
          )}
        </tr>
      ))}
      {shown.below > 0 && <tr class="space" style={{ height: `${shown.below}px` }} />}
    </tbody>
  );
};

interface HeadProps {
  readonly columns: readonly Pick<TableColumn<never>, 'name' | 'title' | 'key' | 'isNumber'>[];
  /** Name of the column, after a minus where the order is reversed. */
  readonly sort: string;
  readonly onSort: (sort: string) => void;
}

const Head = ({ columns, sort, onSort }: HeadProps) => {
  const texts = useTexts();
  const isDown = sort.startsWith('-');
  const by = sort.replace(/^-/, '');
  return (
    <thead role="rowgroup">
      <tr role="row">
        {columns.map(({ name, title, key, isNumber }) => (
          <th
            key={name}
            scope="col"
            role="columnheader"
            class={isNumber === true ? 'number' : undefined}
            aria-sort={key === undefined ? undefined : ariaSort(name === by, isDown)}
          >
            {key === undefined ? (
              title
            ) : (
              <button
                type="button"
                class="sort"
                onClick={() => onSort(name === by && !isDown ? `-${name}` : name)}
                title={texts.sortBy(title)}
              >
                {title}
              </button>
            )}
          </th>
        ))}
      </tr>
    </thead>
  );
};

/** The order of a table whose head a small screen has no room for. */
const SortField = ({ columns, sort, onSort }: HeadProps) => {
  const { table } = useTexts();
  const options = columns
    .filter(({ key }) => key !== undefined)
    .flatMap(({ name, title }) => [
      { value: name, text: `${title} ↑` },
      { value: `-${name}`, text: `${title} ↓` },
    ]);
  return <SelectField label={table.sort} isSmallOnly {...{ options }} value={sort} onChange={onSort} />;
};

interface ColumnFilterProps<T> {
  readonly column: TableColumn<T>;
  readonly rows: readonly T[];
  readonly value: string;
  readonly onChange: (name: string, value: string) => void;
}

/** Choosing one of the texts of a column; nothing while there is but one. */
const ColumnFilter = <T,>({ column: { name, title, filter }, rows, value, onChange }: ColumnFilterProps<T>) => {
  const { table } = useTexts();
  const known = useMemo(
    () => (filter === undefined ? [] : [...new Set(rows.map(filter))].toSorted(compareKeys)),
    [rows, filter],
  );
  if (known.length < 2 && value === '') return null;
  const options = [...new Set([...known, ...(value === '' ? [] : [value])])].map((text) => ({ value: text, text }));
  return (
    <SelectField
      label={title}
      options={[{ value: '', text: table.every }, ...options]}
      value={value}
      onChange={(next) => onChange(name, next)}
    />
  );
};

const ariaSort = (isSorted: boolean, isDown: boolean): 'ascending' | 'descending' | 'none' => {
  if (!isSorted) return 'none';
  return isDown ? 'descending' : 'ascending';
};
