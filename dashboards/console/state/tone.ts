import type { Alert, Flag, Severity, Station } from '#dashboards/console/api/types.ts';

/** How a station stands, in one word that has a colour and a shape. */
export type Tone = Severity | 'silent' | 'fail' | 'suspect' | 'unknown' | 'good';

/** From the gravest. */
const SEVERITIES: readonly Severity[] = ['extreme', 'severe', 'moderate', 'minor'];

const FLAG_TONE: Readonly<Record<Flag, Tone>> = { 1: 'good', 2: 'unknown', 3: 'suspect', 4: 'fail', 9: 'fail' };

export const toneOfFlag = (flag: Flag): Tone => FLAG_TONE[flag];

export const headlineOf = (station: Pick<Station, 'headline' | 'last'>): Station['last'][number] | undefined =>
  station.last.find(({ property }) => property === station.headline);

/** The gravest first. */
export const bySeverity = (alerts: readonly Alert[]): readonly Alert[] =>
  alerts.toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));

/** The gravest firing alert of each station, the gravest first: Awas says all that Siaga would. */
export const gravestFiring = (alerts: readonly Alert[]): readonly Alert[] => {
  const firing = bySeverity(alerts.filter(({ state }) => state === 'firing'));
  return firing.filter(({ station }, i) => firing.findIndex((other) => other.station === station) === i);
};

/** Firing alerts of a station, the gravest first. */
export const firingAt = (station: string, alerts: readonly Alert[]): readonly Alert[] =>
  bySeverity(alerts.filter((alert) => alert.station === station && alert.state === 'firing'));

/** The gravest thing that is known about a station: a firing alert, then silence, then the flag of its headline. */
export const toneOf = (station: Station, alerts: readonly Alert[]): Tone => {
  const [gravest] = firingAt(station.id, alerts);
  if (gravest !== undefined) return gravest.severity;
  if (station.silent) return 'silent';
  const headline = headlineOf(station);
  return headline === undefined ? 'unknown' : toneOfFlag(headline.flag);
};
