import type { LatestValue, AlertingRows } from '#storage/operations/alerting.ts';
import { type CurrentState, placeOf, apply } from './observe.ts';

/** What was known when the last batch was committed. */
export const loadCurrentState = (operations: AlertingRows): CurrentState => {
  const now: CurrentState = { latest: new Map(), presence: new Map(), seen: new Map() };
  const seen = [...operations.lastSeen()].map(([device, receivedAt]) => ({ device, receivedAt }));
  apply({ latest: operations.latest(), presence: [...operations.presence().values()], seen }, now);
  return now;
};

/** Newest values of a device at a station, as watch knows them now. */
export const latestIn = ({ latest }: CurrentState, station: string, device: string): readonly LatestValue[] => [
  ...(latest.get(placeOf({ station, device }))?.values() ?? []),
];
