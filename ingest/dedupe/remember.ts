import type { Identified, Classified, Stored } from '#ingest/batch.ts';
import type { MovedReading, NewAssignedTime, TimedProperties } from '#storage/operations/storing.ts';
import { seriesAt } from '#model/readings/columns.ts';
import { hours } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';

/** Identities are remembered for so long, from the arrival of their readings on. */
export const REMEMBERED = hours(24);

/**
 * From which arrival on identities are remembered when something of this arrival is added; undefined when nothing is. By
 * the stamps, so that readings which waited for days are still recognised, but no later than by the trusted clock: stamps of
 * a clock that leapt ahead age nothing.
 */
export const rememberedSince = (arrivals: readonly Instant[], trustedClock: Instant): Instant | undefined => {
  if (arrivals.length === 0) return undefined;
  const newest = arrivals.reduce((latest, each) => Math.max(latest, each), Number.NEGATIVE_INFINITY);
  return Math.min(newest, trustedClock) - REMEMBERED.ms;
};

/** The times of one observation that are new: not of duplicates and revisions, which have theirs, nor of what the store refused. */
const timesOf = (
  { from, to }: Identified,
  { readings, classifications }: Classified,
  { rejected }: Stored,
): readonly TimedProperties[] => {
  const times = new Map<Instant, string[]>();
  for (let position = from; position < to; position += 1) {
    if (classifications.has(position) || rejected.has(position)) continue;
    const observedAt = readings.observedAt[position] ?? 0;
    const { property } = seriesAt(readings, position);
    const properties = times.get(observedAt);
    if (properties === undefined) times.set(observedAt, [property]);
    else properties.push(property);
  }
  return [...times].map(([observedAt, properties]) => ({ observedAt, properties }));
};

const isRecognised = ({ from, to }: Identified, { classifications }: Classified): boolean => {
  for (let position = from; position < to; position += 1)
    if (classifications.get(position) === 'duplicate') return true;
  return false;
};

/** Times that are to be remembered of identities, in the order of arrival. */
export const assignedOf = (classified: Classified, stored: Stored): readonly NewAssignedTime[] =>
  classified.identified.flatMap((one) => {
    const times = timesOf(one, classified, stored);
    const receivedAt = classified.readings.receivedAt[one.from];
    // a packet identifier that is used again stands for another packet
    const isReplacing = one.identity.content !== '' && !isRecognised(one, classified);
    if (receivedAt === undefined || times.length === 0) return [];
    const { device, identity } = one;
    return [{ device, identity: identity.name, content: identity.content, times, receivedAt, isReplacing }];
  });

/** Readings that are found at another time than the one that they came with, in their entries of a journal. */
export const movedOf = ({ lookedUp }: Pick<Classified, 'lookedUp'>, journal: string): readonly MovedReading[] =>
  lookedUp.flatMap(({ sequence, place, observedAt }) =>
    observedAt === undefined ? [] : [{ journal, sequence, place, observedAt }],
  );
