import type { Ledger } from '#dashboards/console/api/types.ts';
import { RemoteStatus } from '#dashboards/console/components/common/loaded.tsx';
import { Flow } from '#dashboards/console/components/pipeline/flow.tsx';
import { ServiceParts } from '#dashboards/console/components/pipeline/service-parts.tsx';
import { LedgerLines } from '#dashboards/console/components/pipeline/ledger-lines.tsx';
import { Verification } from '#dashboards/console/components/pipeline/verification.tsx';
import { linkTo } from '#dashboards/console/routes.ts';
import { useDocument } from '#dashboards/console/components/common/use-document.ts';
import { useQueryChoice } from '#dashboards/console/state/router.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { usePresent } from '#dashboards/console/time/age.ts';
import { days, hours, seconds, writeTime } from '#dashboards/console/time/clock.ts';

const SPANS = { '1h': hours(1), '24h': hours(24), '7d': days(7) } as const;
type FigureName = keyof typeof SPANS;
const NAMES: readonly FigureName[] = ['1h', '24h', '7d'];
const DEFAULT_FIRST = ['24h', '1h', '7d'] as const satisfies readonly FigureName[];

const REFRESH = seconds(10);

/** The page of the pipeline: the ledger as a diagram, its verification and its lines. */
export const Pipeline = () => {
  const texts = useTexts();
  const [name, setName] = useQueryChoice('range', DEFAULT_FIRST);
  const { remote, data, again } = useDocument<Ledger>(useLedgerPath(name), undefined, name);
  return (
    <>
      <h1>{texts.pages.pipeline}</h1>
      <p class="lead">{texts.pipeline.lead}</p>
      <div class="section-head">
        {remote.kind === 'fresh' ? <Verdict ledger={remote.data} /> : <span />}
        <div class="segments" role="group" aria-label={texts.pipeline.span}>
          {NAMES.map((each) => (
            <button key={each} type="button" aria-pressed={each === name} onClick={() => setName(each)}>
              {texts.pipeline.spans[each]}
            </button>
          ))}
        </div>
      </div>
      <RemoteStatus remote={remote} again={again} />
      {data !== undefined && <Flows totals={data.totals} />}
      <p>
        <a href={linkTo({ page: 'quarantine' })}>{texts.pipeline.toQuarantine}</a>
      </p>
      <Verification />
      {data !== undefined && <LedgerLines lines={data.lines} />}
      <ServiceParts />
    </>
  );
};

/** The ledger of a span that ends now, and moves on. */
const useLedgerPath = (name: FigureName): string | undefined => {
  const end = usePresent(REFRESH);
  return end === undefined ? undefined : `/v1/ledger?from=${writeTime(end - SPANS[name].ms)}`;
};

const Verdict = ({ ledger }: { readonly ledger: Ledger }) => {
  const texts = useTexts();
  return (
    <p class={`verdict ${ledger.balanced ? 'good' : 'fail'}`} data-balanced={ledger.balanced}>
      <strong>{ledger.balanced ? texts.pipeline.balanced : texts.pipeline.unbalanced}</strong>
      {!ledger.balanced && <span>{ledger.explanation}</span>}
    </p>
  );
};

const Flows = ({ totals }: { readonly totals: Ledger['totals'] }) => {
  const { pipeline } = useTexts();
  return (
    <div class="flows">
      <Flow
        title={pipeline.messages}
        equation={pipeline.equation.messages}
        source={{ name: pipeline.received, count: totals.received }}
        parts={[
          { name: pipeline.processed, count: totals.processed, tone: 'good' },
          { name: pipeline.quarantined, count: totals.quarantined, tone: 'suspect' },
          { name: pipeline.discarded, count: totals.discarded, tone: 'unknown' },
          { name: pipeline.waiting, count: totals.waiting, tone: 'waiting' },
        ]}
      />
      <Flow
        title={pipeline.readings}
        equation={pipeline.equation.readings}
        source={{ name: pipeline.decoded, count: totals.decoded }}
        parts={[
          {
            name: pipeline.stored,
            count: totals.stored,
            tone: 'good',
            note: { name: pipeline.revised, count: totals.revised },
          },
          { name: pipeline.duplicates, count: totals.duplicates, tone: 'unknown' },
          { name: pipeline.refused, count: totals.refused, tone: 'suspect' },
        ]}
      />
    </div>
  );
};
