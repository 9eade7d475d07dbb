import { alerts as alertStore } from '#dashboards/console/state/live.ts';
import { dataOf } from '#dashboards/console/state/remote.ts';
import { useStore } from '#dashboards/console/state/store.ts';
import { formatTime } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { writeTime } from '#dashboards/console/time/clock.ts';

/** The state of the list of alerts. Only a fresh answer says that there are none: not a load under way, and not a failure. */
export const AlertsStatus = () => {
  const texts = useTexts();
  const known = useStore(alertStore);
  const count = dataOf(known)?.length ?? 0;
  if (known.kind === 'fresh' && count > 0) return null;
  return (
    <p class={known.kind === 'fresh' ? 'note' : 'note unsure'} data-alerts={known.kind}>
      {known.kind === 'loading' && texts.alert.loading}
      {known.kind === 'failed' && texts.alert.failed}
      {known.kind === 'stale' && texts.alert.stale(formatTime(texts.locale, writeTime(known.at)))}
      {known.kind === 'fresh' && texts.alert.noneStanding(formatTime(texts.locale, writeTime(known.at)))}
    </p>
  );
};
