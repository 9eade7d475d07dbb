import type { Identified, Judged, Stored } from '#ingest/batch.ts';
import type { AssignedTime, IdentityChanges, MovedReading } from '#ingest/operations/keep.ts';
import { hours } from '#model/duration.ts';
import type { Instant } from '#model/instant.ts';

/** How long it is remembered under which identity a reading is stored, from its arrival on. */
const REMEMBERED = hours(24);

/**
 * From which arrival on identities are remembered when something of this arrival is added; undefined when nothing is. By
 * the stamps, so that readings which waited for days are still recognised, but no later than by the careful clock: stamps of
 * a clock that leapt ahead age nothing.
 */
export const rememberedSince = (arrivals: readonly Instant[], careful: Instant): Instant | undefined => {
  if (arrivals.length === 0) return undefined;
  const newest = arrivals.reduce((latest, each) => Math.max(latest, each), Number.NEGATIVE_INFINITY);
  return Math.min(newest, careful) - REMEMBERED.ms;
};

type Remembered = Pick<IdentityChanges, 'reused' | 'assigned'>;

/** The times of one observation that are new, by time: each with its properties. */
const timesOf = (
  { device, identity, from, to }: Identified,
  { readings, verdicts }: Judged,
  { rejected }: Stored,
): readonly AssignedTime[] => {
  const times = new Map<Instant, string[]>();
  let receivedAt = 0;
  for (let position = from; position < to; position += 1) {
    const reading = readings[position];
    if (reading === undefined || verdicts.get(position) === 'duplicate' || rejected.has(position)) continue;
    ({ receivedAt } = reading);
    const properties = times.get(reading.observedAt);
    if (properties === undefined) times.set(reading.observedAt, [reading.property]);
    else properties.push(reading.property);
  }
  return [...times].map(([observedAt, properties]) => ({
    ...{ device, identity: identity.name, content: identity.content, observedAt, receivedAt },
    properties: properties.sort(),
  }));
};

const isRecognised = ({ from, to }: Identified, { verdicts }: Judged): boolean => {
  for (let position = from; position < to; position += 1) if (verdicts.get(position) === 'duplicate') return true;
  return false;
};

/** What is to be remembered of identities: nothing of readings that the store refused, for they may come again. */
export const rememberedOf = (judged: Judged, stored: Stored): Remembered => {
  const reused = new Map<string, Remembered['reused'][number]>();
  const assigned = new Map<string, AssignedTime[]>();
  for (const one of judged.identified) {
    const { device, identity } = one;
    const times = timesOf(one, judged, stored);
    const key = `${device}\t${identity.name}`;
    const known = assigned.get(key);
    const isNew = identity.content !== '' && !isRecognised(one, judged);
    if (isNew) reused.set(key, { device, identity: identity.name });
    if (isNew || known === undefined) assigned.set(key, [...times]);
    else known.push(...times);
  }
  return { reused: [...reused.values()], assigned: [...assigned.values()].flat() };
};

/** Readings that are found at another time than the one that they came with, in their entries of a journal. */
export const movedOf = ({ lookedUp }: Pick<Judged, 'lookedUp'>, journal: string): readonly MovedReading[] =>
  lookedUp.flatMap(({ sequence, place, observedAt }) =>
    observedAt === undefined ? [] : [{ journal, sequence, place, observedAt }],
  );
