import { useState } from 'preact/hooks';
import type { Ledger } from '#dashboards/console/api/types.ts';
import { formatNumber, formatTime } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { TableFrame } from '#dashboards/console/components/common/table-frame.tsx';

type LedgerRow = Ledger['lines'][number];

const COLUMNS = [
  'received',
  'processed',
  'quarantined',
  'discarded',
  'waiting',
  'stored',
  'duplicates',
  'refused',
] as const satisfies readonly (keyof LedgerRow)[];

/** Most lines that are shown; a week of a large fleet has more than a person reads. */
const SHOWN = 200;

/** The lines of the ledger, the newest hour first, with their balance. */
export const LedgerLines = ({ lines }: { readonly lines: readonly LedgerRow[] }) => {
  const texts = useTexts();
  const [isNarrowed, narrow] = useState(false);
  const shown = lines.toReversed().filter(({ balanced }) => !isNarrowed || !balanced);
  return (
    <section aria-labelledby="lines">
      <div class="section-head">
        <h2 id="lines">{texts.pipeline.lines}</h2>
        <label class="choice">
          <input type="checkbox" checked={isNarrowed} onChange={() => narrow(!isNarrowed)} />{' '}
          {texts.pipeline.unbalancedOnly}
        </label>
      </div>
      {shown.length === 0 && <p class="note">{texts.pipeline.noLines}</p>}
      {shown.length > 0 && (
        <TableFrame label={texts.pipeline.lines}>
          <table>
            <thead>
              <tr>
                <th scope="col">{texts.pipeline.hour}</th>
                <th scope="col">{texts.column.device}</th>
                {COLUMNS.map((column) => (
                  <th key={column} scope="col" class="number">
                    {texts.pipeline[column]}
                  </th>
                ))}
                <th scope="col">{texts.column.state}</th>
              </tr>
            </thead>
            <tbody>
              {shown.slice(0, SHOWN).map((line) => (
                <tr key={`${line.device} ${line.hour}`} data-line-of={line.device}>
                  <td>{formatTime(texts.locale, line.hour)}</td>
                  <td>{line.device}</td>
                  {COLUMNS.map((column) => (
                    <td key={column} class="number">
                      {formatNumber(texts.locale, line[column])}
                    </td>
                  ))}
                  <td>
                    <span class={`badge ${line.balanced ? 'good' : 'fail'}`}>
                      {line.balanced ? texts.pipeline.balanced : texts.pipeline.unbalanced}
                    </span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableFrame>
      )}
    </section>
  );
};
