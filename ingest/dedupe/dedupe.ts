import type { Identified, Classified, PreparedPacket } from '#ingest/batch.ts';
import type { Intent, ClassifiedReading, NewestTime, Classification } from '#storage/operations/storing.ts';
import { type ReadingKey, keyOf, type StoredValue } from '#storage/readings/store.ts';
import type { Reading } from '#model/readings/reading.ts';
import { withoutId } from './identity.ts';
import { isCalm, order, type OrderedReadings, type OrderSources } from './order.ts';
import { StoredValues } from './stored-values.ts';
import { type Placement, Timeline } from './timeline.ts';

export interface ClassifySources extends OrderSources {
  /** The intent of an earlier attempt at this very range, or undefined. */
  intent(): Intent | undefined;
  lookUp(keys: readonly ReadingKey[]): Promise<ReadonlyMap<string, StoredValue>>;
}

/** Readings that are not simply new at the time that they came with, by position. */
type Placements = ReadonlyMap<number, Placement>;

const NO_PLACEMENTS: Placements = new Map();

/** The timelines of those devices whose readings have to be placed. */
const timelinesOf = ({ states }: OrderedReadings, stored: StoredValues): ReadonlyMap<string, Timeline> =>
  new Map(
    [...states].flatMap(([device, { isPlaced, mark, past }]) =>
      isPlaced ? [[device, new Timeline(mark, past, stored.of(device))] as const] : [],
    ),
  );

/** Places readings, as far as the store's values are known. */
const placeAll = (ordered: OrderedReadings, stored: StoredValues): Placements => {
  const { readings, starts, known } = ordered;
  const placements = new Map<number, Placement>();
  const timelines = timelinesOf(ordered, stored);
  const identities = new Map(known.map((one) => [one.from, one]));
  let one: OrderedReadings['known'][number] | undefined;
  let next = 0;
  readings.forEach((reading, position) => {
    if (position === starts[next]) {
      one = identities.get(position);
      next += 1;
    }
    const timeline = timelines.get(reading.device);
    if (timeline === undefined) return;
    const isAgain = one?.isAgain ?? reading.timedBy !== 'arrival';
    const placement = timeline.place(reading, position, one?.identity, isAgain);
    const isPlain = placement.classification === 'new' && placement.observedAt === reading.observedAt;
    if (!isPlain) placements.set(position, placement);
  });
  return placements;
};

/** Times that are needed in nearly every case: of devices without any identity, those that their readings came with. */
const wantOwnTimes = ({ readings, states }: OrderedReadings, stored: StoredValues): void => {
  for (const reading of readings) {
    const state = states.get(reading.device);
    if (state?.isPlaced !== true || reading.observedAt > state.mark.newest || !state.past.isEmpty) continue;
    stored.of(reading.device).at(reading, reading.observedAt);
  }
};

/** Asks the store, as a rule once, and again where a reading has to be moved to a time that may be taken. */
const decide = async (ordered: OrderedReadings, sources: ClassifySources): Promise<Placements> => {
  if (isCalm(ordered)) return NO_PLACEMENTS;
  const stored = new StoredValues();
  wantOwnTimes(ordered, stored);
  for (;;) {
    await stored.ask((keys) => sources.lookUp(keys));
    const placements = placeAll(ordered, stored);
    if (stored.isComplete) return placements;
  }
};

const placeOf = ({ sequence, place }: { readonly sequence: number; readonly place: string }): string =>
  `${sequence}${place}`;

/** Follows an earlier attempt to the letter, so that a restart stores and counts exactly what that would have. */
const recall = ({ readings }: OrderedReadings, { classified }: Intent): Placements => {
  const placements = new Map<number, Placement>();
  const lookedUp = new Map(classified.map((of) => [placeOf(of), of]));
  if (lookedUp.size === 0) return placements;
  const holders = new Map<string, number>();
  readings.forEach((reading, position) => {
    const { classification = 'new', observedAt = reading.observedAt } = lookedUp.get(placeOf(reading)) ?? {};
    const key = keyOf({ ...reading, observedAt });
    const replaced = classification === 'revised' ? holders.get(key) : undefined;
    if (classification !== 'duplicate') holders.set(key, position);
    if (classification === 'new' && observedAt === reading.observedAt) return;
    placements.set(position, { observedAt, classification, ...(replaced === undefined ? {} : { replaced }) });
  });
  return placements;
};

const atPlacement = (reading: Reading, placement: Placement | undefined): Reading => {
  if (placement === undefined || placement.observedAt === reading.observedAt) return reading;
  const { observedAt } = placement;
  return { ...reading, observedAt, timedBy: reading.timedBy === 'arrival' ? 'arrival' : 'shifted' };
};

/** Readings without an id that were moved have an identity from then on. */
const movedWithoutId = ({ readings, known }: OrderedReadings, placements: Placements): readonly Identified[] => {
  const moved = [...placements].flatMap(([from, { observedAt, classification }]) => {
    const reading = readings[from];
    if (reading === undefined || reading.timedBy === 'arrival' || classification === 'duplicate') return [];
    if (observedAt === reading.observedAt) return [];
    return [{ device: reading.device, identity: withoutId(reading.observedAt), from, to: from + 1 }];
  });
  if (moved.length === 0) return moved;
  const withId = new Set(known.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i)));
  return moved.filter(({ from }) => !withId.has(from));
};

const lookedUpIn = ({ readings }: OrderedReadings, placements: Placements): readonly ClassifiedReading[] =>
  [...placements].flatMap(([position, { observedAt, classification }]) => {
    const reading = readings[position];
    if (reading === undefined) return [];
    const { sequence, place } = reading;
    return [{ sequence, place, classification, ...(observedAt === reading.observedAt ? {} : { observedAt }) }];
  });

const newestTimesOf = (
  ordered: OrderedReadings,
  placements: Placements,
  readings: readonly Reading[],
): readonly NewestTime[] => {
  const newest = new Map([...ordered.states].map(([device, state]) => [device, state.newest]));
  const placed = isCalm(ordered) ? [] : readings;
  placed.forEach(({ device, observedAt }, position) => {
    if (placements.get(position)?.classification !== 'duplicate') {
      newest.set(device, Math.max(newest.get(device) ?? observedAt, observedAt));
    }
  });
  return [...newest].map(([device, at]) => ({ device, newest: at }));
};

/**
 * Gives every reading its final time and a classification. The same key (device, property, time, and id where one was sent) with the
 * same value is a duplicate, with another one a revision: the later arrival wins. Where another reading holds the time of a
 * reading, it is moved to the next free millisecond; a reading timed by its arrival never replaces one. A reading that is
 * newer than its device's newest needs no look-up.
 */
export const classify = async (
  batch: readonly PreparedPacket[],
  sources: ClassifySources,
): Promise<Classified<Reading>> => {
  const ordered = order(batch, sources);
  const intent = sources.intent();
  const placements = intent === undefined ? await decide(ordered, sources) : recall(ordered, intent);
  const readings =
    placements.size === 0
      ? ordered.readings
      : ordered.readings.map((reading, position) => atPlacement(reading, placements.get(position)));
  const classifications = new Map<number, Classification>();
  const superseded = new Set<number>();
  for (const [position, { classification, replaced }] of placements) {
    if (classification !== 'new') classifications.set(position, classification);
    if (replaced !== undefined) superseded.add(replaced);
  }
  return {
    readings,
    starts: ordered.starts,
    classifications,
    superseded,
    lookedUp: lookedUpIn(ordered, placements),
    isRepeat: intent !== undefined,
    newestTimes: newestTimesOf(ordered, placements, readings),
    identified: [...ordered.known, ...movedWithoutId(ordered, placements)],
  };
};
