import { useEffect, useState } from 'preact/hooks';
import { request } from '#dashboards/console/api/client.ts';
import type { Readiness } from '#dashboards/console/api/types.ts';
import { formatTime } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { every, seconds } from '#dashboards/console/time/clock.ts';

const REFRESH = seconds(10);

/** The state of each component of the service, with the reason where it does not work. */
export const ServiceParts = () => {
  const texts = useTexts();
  const readiness = useReadiness();
  if (readiness === undefined) return null;
  return (
    <section aria-labelledby="parts">
      <h2 id="parts">{texts.pipeline.parts}</h2>
      <ul class="plain parts">
        {readiness.dependencies.map(({ name, ready, detail, since }) => (
          <li key={name} class="card">
            <strong>{texts.pipeline.part[name]}</strong>{' '}
            <span class={`badge ${ready ? 'good' : 'fail'}`}>{ready ? texts.pipeline.works : texts.pipeline.away}</span>
            {detail !== undefined && <p class="about">{detail}</p>}
            {since !== undefined && <p class="about">{texts.alert.since(formatTime(texts.locale, since))}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
};

/** `/readyz` answers 503 with the same document when a part is away. */
const useReadiness = (): Readiness | undefined => {
  const [readiness, set] = useState<Readiness>();
  useEffect(() => {
    const ask = async (): Promise<void> => {
      const response = await request('/readyz', { signal: AbortSignal.timeout(REFRESH.ms) });
      set(await response.json());
    };
    const tryOnce = (): void => void ask().catch(() => undefined); // the head of the page says that the line is lost
    tryOnce();
    return every(REFRESH, tryOnce);
  }, []);
  return readiness;
};
