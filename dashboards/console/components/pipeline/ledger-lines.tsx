import { useMemo } from 'preact/hooks';
import type { Ledger } from '#dashboards/console/api/types.ts';
import { DataTable, type TableColumn } from '#dashboards/console/components/table/data-table.tsx';
import type { Catalogue } from '#dashboards/console/text/catalogue-id.ts';
import { formatNumber, formatTime } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';

type LedgerRow = Ledger['lines'][number];

const COUNTS = [
  'received',
  'processed',
  'quarantined',
  'discarded',
  'waiting',
  'stored',
  'duplicates',
  'refused',
] as const satisfies readonly (keyof LedgerRow)[];

const columnsOf = (texts: Catalogue): readonly TableColumn<LedgerRow>[] => {
  const { pipeline, column, locale } = texts;
  const balance = ({ balanced }: LedgerRow): string => (balanced ? pipeline.balanced : pipeline.unbalanced);
  return [
    { name: 'hour', title: pipeline.hour, key: ({ hour }) => hour, cell: ({ hour }) => formatTime(locale, hour) },
    { name: 'device', title: column.device, key: ({ device }) => device, cell: ({ device }) => device },
    ...COUNTS.map(
      (count): TableColumn<LedgerRow> => ({
        name: count,
        title: pipeline[count],
        isNumber: true,
        key: (line) => line[count],
        cell: (line) => formatNumber(locale, line[count]),
      }),
    ),
    {
      name: 'state',
      title: column.state,
      key: ({ balanced }) => Number(balanced),
      filter: balance,
      cell: (line) => <span class={`badge ${line.balanced ? 'good' : 'fail'}`}>{balance(line)}</span>,
    },
  ];
};

/** The lines of the ledger, the newest hour first, with their balance. */
export const LedgerLines = ({ lines }: { readonly lines: readonly LedgerRow[] }) => {
  const texts = useTexts();
  const columns = useMemo(() => columnsOf(texts), [texts]);
  return (
    <section aria-labelledby="lines">
      <h2 id="lines">{texts.pipeline.lines}</h2>
      {lines.length === 0 ? (
        <p class="note">{texts.pipeline.noLines}</p>
      ) : (
        <DataTable
          name="lines"
          label={texts.pipeline.lines}
          rows={lines}
          columns={columns}
          heading="device"
          order="-hour"
          idOf={({ device, hour }) => `${device} ${hour}`}
          textOf={({ device, hour }) => `${device} ${formatTime(texts.locale, hour)}`}
          marksOf={({ device }) => ({ 'data-line-of': device })}
        />
      )}
    </section>
  );
};
