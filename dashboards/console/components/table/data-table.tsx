import type { ComponentChildren } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import { TableFrame } from '#dashboards/console/components/common/table-frame.tsx';
import { useQueryText } from '#dashboards/console/state/router.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { useVirtualRows } from './virtual-rows.ts';

export interface TableColumn<T> {
  /** Its name in the address. */
  readonly name: string;
  readonly title: string;
  readonly isNumber?: true;
  /** By what its rows are sorted. */
  readonly key: (row: T) => string | number;
  readonly cell: (row: T) => ComponentChildren;
}

interface DataTableProps<T> {
  readonly label: string;
  readonly rows: readonly T[];
  /** The first is the heading of its row. */
  readonly columns: readonly TableColumn<T>[];
  readonly idOf: (row: T) => string;
  /** Everything of a row that a search finds. */
  readonly textOf: (row: T) => string;
  /** Filters beside the search. */
  readonly filters?: ComponentChildren;
  /** Shown when search and filters leave none of the rows. */
  readonly children?: ComponentChildren;
}

const ROW_HEIGHT = 44;

/** Every word of a search, wherever it stands. */
export const isFound = (text: string, search: string): boolean => {
  const known = text.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => known.includes(word));
};

/** A table with search, sort and filters, which the address keeps; of a long one the rows near the screen are drawn. */
export const DataTable = <T,>({ label, rows, columns, idOf, textOf, filters, children }: DataTableProps<T>) => {
  const texts = useTexts();
  const [search, setSearch] = useQueryText('q');
  const [sort, setSort] = useQueryText('sort');
  const body = useRef<HTMLTableSectionElement>(null);
  const found = useMemo(() => {
    const kept = search === '' ? rows : rows.filter((row) => isFound(textOf(row), search));
    const column = columns.find(({ name }) => name === sort.replace(/^-/, '')) ?? columns[0];
    return column === undefined ? kept : sorted(kept, column.key, sort.startsWith('-'));
  }, [rows, columns, search, sort]);
  const shown = useVirtualRows(found.length, ROW_HEIGHT, body);
  return (
    <>
      <div class="filters">
        <SearchField value={search} onChange={setSearch} />
        {filters}
        <span class="about" role="status" data-found={found.length}>
          {texts.table.found(found.length, rows.length)}
        </span>
      </div>
      <TableFrame label={label}>
        <table aria-rowcount={found.length + 1}>
          <Head columns={columns} sort={sort === '' ? (columns[0]?.name ?? '') : sort} onSort={setSort} />
          <tbody ref={body}>
            {shown.above > 0 && <tr class="space" style={{ height: `${shown.above}px` }} />}
            {found.slice(shown.from, shown.to).map((row, i) => (
              <tr key={idOf(row)} data-row={idOf(row)} aria-rowindex={shown.from + i + 2}>
                {columns.map(({ name, isNumber, cell }, place) =>
                  place === 0 ? (
                    <th key={name} scope="row">
                      {cell(row)}
                    </th>
                  ) : (
                    <td key={name} class={isNumber === true ? 'number' : undefined}>
                      {cell(row)}
                    </td>
                  ),
                )}
              </tr>
            ))}
            {shown.below > 0 && <tr class="space" style={{ height: `${shown.below}px` }} />}
          </tbody>
        </table>
      </TableFrame>
      {found.length === 0 && children}
    </>
  );
};

interface HeadProps {
  readonly columns: readonly Pick<TableColumn<never>, 'name' | 'title'>[];
  /** Name of the column, after a minus where the order is reversed. */
  readonly sort: string;
  readonly onSort: (sort: string) => void;
}

const Head = ({ columns, sort, onSort }: HeadProps) => {
  const texts = useTexts();
  const isDown = sort.startsWith('-');
  const by = sort.replace(/^-/, '');
  return (
    <thead>
      <tr>
        {columns.map(({ name, title }) => (
          <th key={name} scope="col" aria-sort={ariaSort(name === by, isDown)}>
            <button
              type="button"
              class="sort"
              onClick={() => onSort(name === by && !isDown ? `-${name}` : name)}
              title={texts.sortBy(title)}
            >
              {title}
            </button>
          </th>
        ))}
      </tr>
    </thead>
  );
};

interface SearchFieldProps {
  readonly value: string;
  readonly onChange: (next: string) => void;
}

export const SearchField = ({ value, onChange }: SearchFieldProps) => {
  const texts = useTexts();
  return (
    <label>
      {texts.table.search}{' '}
      <input type="search" value={value} autocomplete="off" onInput={(event) => onChange(event.currentTarget.value)} />
    </label>
  );
};

const ariaSort = (isSorted: boolean, isDown: boolean): 'ascending' | 'descending' | 'none' => {
  if (!isSorted) return 'none';
  return isDown ? 'descending' : 'ascending';
};

const sorted = <T,>(rows: readonly T[], key: (row: T) => string | number, isDown: boolean): readonly T[] => {
  const keys = new Map(rows.map((row) => [row, key(row)]));
  const compare = (a: T, b: T): number => compareKeys(keys.get(a) ?? '', keys.get(b) ?? '');
  return rows.toSorted((a, b) => compare(a, b) * (isDown ? -1 : 1));
};

export const compareKeys = (a: string | number, b: string | number): number => {
  if (a === b) return 0;
  return a < b ? -1 : 1;
};
