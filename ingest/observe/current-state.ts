import type { LatestValue, AlertingRows } from '#storage/operations/alerting.ts';
import { type CurrentState, placeOf, apply } from './observe.ts';

/** The state as of the last committed batch. */
export const loadCurrentState = (operations: AlertingRows): CurrentState => {
  const now: CurrentState = { latest: new Map(), presence: new Map(), seen: new Map() };
  const seen = [...operations.lastSeen()].map(([device, receivedAt]) => ({ device, receivedAt }));
  apply({ latest: operations.latest(), presence: [...operations.presence().values()], seen }, now);
  return now;
};

/** Newest values of a device at a station, as the alerting reader knows them. */
export const latestIn = ({ latest }: CurrentState, station: string, device: string): readonly LatestValue[] => [
  ...(latest.get(placeOf({ station, device }))?.values() ?? []),
];
