import type { Alert, State } from '#dashboards/console/api/types.ts';

export type StationStates = ReadonlyMap<string, State>;

/** States by station; of two of one station the one that was computed later. */
export const mergeStates = (known: StationStates, newer: Iterable<State>): StationStates => {
  const merged = new Map(known);
  for (const state of newer) {
    const before = merged.get(state.station);
    if (before === undefined || before.at <= state.at) merged.set(state.station, state);
  }
  return merged;
};

/** An answer with every state. What came by the stream since it was computed is newer; a station that it lacks is gone. */
export const replaceStates = (known: StationStates, answered: readonly State[]): StationStates => {
  const states = new Map(answered.map((state) => [state.station, state]));
  return mergeStates(
    states,
    [...known.values()].filter(({ station }) => states.has(station)),
  );
};

/** Severities, the highest first. */
const SEVERITIES: readonly Alert['severity'][] = ['extreme', 'severe', 'moderate', 'minor'];

/** The gravest first; of one severity those that fire before those that wait, then the newest, as the API gives them. */
const worstFirst = (alerts: readonly Alert[]): readonly Alert[] =>
  alerts.toSorted(
    (a, b) =>
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
      Number(b.state === 'firing') - Number(a.state === 'firing') ||
      b.id - a.id,
  );

const isStanding = ({ state }: Alert): boolean => state === 'firing' || state === 'pending';

/** The standing alerts with changes applied: added, replaced, or removed because they have ended. */
export const mergeAlerts = (standing: readonly Alert[], changed: readonly Alert[]): readonly Alert[] => {
  const merged = new Map(standing.map((alert) => [alert.id, alert]));
  for (const alert of changed) merged.set(alert.id, alert);
  return worstFirst([...merged.values()].filter(isStanding));
};
