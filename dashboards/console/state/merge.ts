import type { Alert, LiveValue, Station } from '#dashboards/console/api/types.ts';

/** One key for what a newer value replaces. */
export const keyOf = ({ station, property }: Pick<LiveValue, 'station' | 'property'>): string =>
  `${station}\t${property}`;

/** The stations with newer values put in; a station without any is the same object as before. */
export const mergeValues = (
  stations: readonly Station[],
  values: ReadonlyMap<string, LiveValue>,
): readonly Station[] => {
  const byStation = Map.groupBy(values.values(), ({ station }) => station);
  return stations.map((station) => {
    const fresh = byStation.get(station.id);
    return fresh === undefined ? station : { ...station, last: mergeLast(station.last, fresh) };
  });
};

const mergeLast = (last: Station['last'], fresh: readonly LiveValue[]): Station['last'] => {
  const merged = new Map(last.map((value) => [value.property, value]));
  for (const { station: _station, ...value } of fresh) {
    const known = merged.get(value.property);
    if (known === undefined || known.observed_at <= value.observed_at) merged.set(value.property, value);
  }
  return [...merged.values()];
};

/** The alerts with one put in or replaced. */
export const mergeAlert = (alerts: readonly Alert[], changed: Alert): readonly Alert[] => [
  changed,
  ...alerts.filter(({ id }) => id !== changed.id),
];
