import { RefusedRequest, request } from '#dashboards/console/api/client.ts';
import type { Readiness } from '#dashboards/console/api/types.ts';
import { RemoteStatus } from '#dashboards/console/components/common/loaded.tsx';
import { useAnswer } from '#dashboards/console/components/common/use-document.ts';
import { formatTime } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { seconds } from '#dashboards/console/time/clock.ts';

const REFRESH = seconds(10);

/** The state of each component of the service, with the reason where it does not work. */
export const ServiceParts = () => {
  const texts = useTexts();
  const { remote, again } = useAnswer('/readyz', readReadiness, REFRESH);
  return (
    <section aria-labelledby="parts">
      <h2 id="parts">{texts.pipeline.parts}</h2>
      <RemoteStatus remote={remote} again={again} />
      {remote.kind === 'fresh' && (
        <ul class="plain parts">
          {remote.data.dependencies.map(({ name, ready, detail, since }) => (
            <li key={name} class="card">
              <strong>{texts.pipeline.part[name]}</strong>{' '}
              <span class={`badge ${ready ? 'good' : 'fail'}`}>
                {ready ? texts.pipeline.works : texts.pipeline.away}
              </span>
              {detail !== undefined && <p class="about">{detail}</p>}
              {since !== undefined && <p class="about">{texts.alert.since(formatTime(texts.locale, since))}</p>}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
};

/** `/readyz` answers 503 with the same document when a part is away. @throws Refusal for an answer of something else */
const readReadiness = async (path: string, signal: AbortSignal): Promise<Readiness> => {
  const bound = AbortSignal.timeout(REFRESH.ms);
  const response = await request(path, { signal: AbortSignal.any([signal, bound]) });
  const isOwn = response.headers.get('content-type')?.startsWith('application/json') === true;
  if (!isOwn) throw new RefusedRequest(response.status, '');
  return response.json();
};
