import { useMemo, useState } from 'preact/hooks';
import { readProgress } from '#dashboards/console/api/progress.ts';
import { formatNumber, formatTime } from '#dashboards/console/text/format.ts';
import { errorText } from '#dashboards/console/text/error-text.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { DataTable, type TableColumn } from '#dashboards/console/components/table/data-table.tsx';
import type { Catalogue } from '#dashboards/console/text/catalogue-id.ts';

interface Mismatch {
  readonly device: string;
  readonly property: string;
  readonly hour: string;
  readonly expected: number;
  readonly found: number;
}

interface Result {
  readonly verified: boolean;
  readonly found: number;
  readonly mismatched: number;
  readonly mismatches: readonly Mismatch[];
}

type VerificationLine = { readonly days_done: number; readonly days: number } | Result;

type VerificationState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'counting'; readonly done: number; readonly of: number }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'done'; readonly result: Result };

/** Compares the ledger with a count in the store on request. */
export const Verification = () => {
  const texts = useTexts();
  const { pipeline } = texts;
  const [state, set] = useState<VerificationState>({ kind: 'idle' });
  const run = async (): Promise<void> => {
    set({ kind: 'counting', done: 0, of: 1 });
    try {
      const last = await readProgress<VerificationLine>('/v1/ledger/verify', (line) => {
        if ('days' in line) set({ kind: 'counting', done: line.days_done, of: line.days });
      });
      if ('verified' in last) set({ kind: 'done', result: last });
    } catch (error) {
      set({ kind: 'failed', why: errorText(error, texts) });
    }
  };
  return (
    <section class="card verification" aria-label={pipeline.verify}>
      <p>{pipeline.verifyAbout}</p>
      <button type="button" id="verify" disabled={state.kind === 'counting'} onClick={() => void run()}>
        {pipeline.verify}
      </button>
      <div role="status">
        {state.kind === 'counting' && (
          <p>
            <progress value={state.done} max={Math.max(1, state.of)} aria-label={pipeline.verify} />{' '}
            {pipeline.verifying(state.done, state.of)}
          </p>
        )}
        {state.kind === 'failed' && <p class="note failure">{state.why}</p>}
        {state.kind === 'done' && <Outcome result={state.result} />}
      </div>
    </section>
  );
};

const Outcome = ({ result }: { readonly result: Result }) => {
  const texts = useTexts();
  const write = (count: number): string => formatNumber(texts.locale, count);
  const { pipeline } = texts;
  const columns = useMemo(() => columnsOf(texts), [texts]);
  return (
    <>
      <p class={`verdict ${result.verified ? 'good' : 'fail'}`} data-verified={result.verified}>
        <strong>
          {result.verified ? pipeline.verified(write(result.found)) : pipeline.unverified(write(result.mismatched))}
        </strong>
      </p>
      {result.mismatches.length > 0 && (
        <DataTable
          name="mismatches"
          label={pipeline.verify}
          rows={result.mismatches}
          columns={columns}
          heading="device"
          idOf={({ device, property, hour }) => `${device} ${property} ${hour}`}
          textOf={({ device, property, hour }) => `${device} ${property} ${formatTime(texts.locale, hour)}`}
        />
      )}
    </>
  );
};

const columnsOf = ({ pipeline, column, locale }: Catalogue): readonly TableColumn<Mismatch>[] => [
  { name: 'hour', title: pipeline.hour, key: ({ hour }) => hour, cell: ({ hour }) => formatTime(locale, hour) },
  { name: 'device', title: column.device, key: ({ device }) => device, cell: ({ device }) => device },
  {
    name: 'property',
    title: column.property,
    key: ({ property }) => property,
    filter: ({ property }) => property,
    cell: ({ property }) => property,
  },
  {
    name: 'expected',
    title: pipeline.expected,
    isNumber: true,
    key: ({ expected }) => expected,
    cell: ({ expected }) => formatNumber(locale, expected),
  },
  {
    name: 'found',
    title: pipeline.found,
    isNumber: true,
    key: ({ found }) => found,
    cell: ({ found }) => formatNumber(locale, found),
  },
];
