import type { LatestValue, WatchRows } from '#storage/operations/alerting.ts';
import { type Now, placeOf, remember } from './observe.ts';

/** What was known when the last batch was committed. */
export const recallNow = (operations: WatchRows): Now => {
  const now: Now = { latest: new Map(), presence: new Map(), seen: new Map() };
  const seen = [...operations.lastSeen()].map(([device, receivedAt]) => ({ device, receivedAt }));
  remember({ latest: operations.latest(), presence: [...operations.presence().values()], seen }, now);
  return now;
};

/** Newest values of a device at a station, as watch knows them now. */
export const latestIn = ({ latest }: Now, station: string, device: string): readonly LatestValue[] => [
  ...(latest.get(placeOf({ station, device }))?.values() ?? []),
];
