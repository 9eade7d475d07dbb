import { useState } from 'preact/hooks';
import { readProgress } from '#dashboards/console/api/progress.ts';
import { formatNumber, formatTime } from '#dashboards/console/text/format.ts';
import { errorText } from '#dashboards/console/text/error-text.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { TableFrame } from '#dashboards/console/components/common/table-frame.tsx';

interface Result {
  readonly verified: boolean;
  readonly found: number;
  readonly mismatched: number;
  readonly mismatches: readonly {
    readonly device: string;
    readonly property: string;
    readonly hour: string;
    readonly expected: number;
    readonly found: number;
  }[];
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
  const { pipeline, column } = texts;
  return (
    <>
      <p class={`verdict ${result.verified ? 'good' : 'fail'}`} data-verified={result.verified}>
        <strong>
          {result.verified ? pipeline.verified(write(result.found)) : pipeline.unverified(write(result.mismatched))}
        </strong>
      </p>
      {result.mismatches.length > 0 && (
        <TableFrame label={pipeline.verify}>
          <table>
            <thead>
              <tr>
                <th scope="col">{pipeline.hour}</th>
                <th scope="col">{column.device}</th>
                <th scope="col">{column.property}</th>
                <th scope="col">{pipeline.expected}</th>
                <th scope="col">{pipeline.found}</th>
              </tr>
            </thead>
            <tbody>
              {result.mismatches.map((of) => (
                <tr key={`${of.device} ${of.property} ${of.hour}`}>
                  <td>{formatTime(texts.locale, of.hour)}</td>
                  <td>{of.device}</td>
                  <td>{of.property}</td>
                  <td class="number">{write(of.expected)}</td>
                  <td class="number">{write(of.found)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableFrame>
      )}
    </>
  );
};
