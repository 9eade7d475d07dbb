import type { Identified, Classified } from '#ingest/batch.ts';
import type { Intent, ClassifiedReading, NewestTime, Classification } from '#storage/operations/storing.ts';
import { type ReadingKey, keyOf, type StoredValue } from '#storage/readings/store.ts';
import { ARRIVAL, type ReadingColumns, readingAt, seriesAt, SHIFTED } from '#model/readings/columns.ts';
import { withoutId } from './identity.ts';
import { type BatchOrder, isCalm, order, type OrderedBatch, type OrderSources } from './order.ts';
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
const timelinesOf = ({ states }: BatchOrder, stored: StoredValues): ReadonlyMap<string, Timeline> =>
  new Map(
    [...states].flatMap(([device, { isPlaced, watermark, past }]) =>
      isPlaced ? [[device, new Timeline(watermark, past, stored.of(device))] as const] : [],
    ),
  );

/** Places readings, as far as the store's values are known. */
const placeAll = (batch: OrderedBatch, ordered: BatchOrder, stored: StoredValues): Placements => {
  const { observations, readings } = batch;
  const placements = new Map<number, Placement>();
  const timelines = timelinesOf(ordered, stored);
  const identities = new Map(ordered.known.map((one) => [one.from, one]));
  for (let observation = 0; observation < observations.length; observation += 1) {
    const from = observations.start[observation] ?? 0;
    const timeline = timelines.get(seriesAt(readings, from).device);
    if (timeline === undefined) continue;
    const one = identities.get(from);
    const isAgain = one?.isAgain ?? readings.timedBy[from] !== ARRIVAL;
    for (let row = from; row < (observations.start[observation + 1] ?? from); row += 1) {
      const placement = timeline.place(readingAt(readings, row), row, one?.identity, isAgain);
      const isPlain = placement.classification === 'new' && placement.observedAt === readings.observedAt[row];
      if (!isPlain) placements.set(row, placement);
    }
  }
  return placements;
};

/** Times that are needed in nearly every case: of devices without any identity, those that their readings came with. */
const wantOwnTimes = ({ readings }: OrderedBatch, { states }: BatchOrder, stored: StoredValues): void => {
  for (let row = 0; row < readings.length; row += 1) {
    const { device } = seriesAt(readings, row);
    const observedAt = readings.observedAt[row] ?? 0;
    const state = states.get(device);
    if (state?.isPlaced !== true || observedAt > state.watermark.newest || !state.past.isEmpty) continue;
    stored.of(device).at(readingAt(readings, row), observedAt);
  }
};

/** Asks the store, as a rule once, and again where a reading has to be moved to a time that may be taken. */
const decide = async (batch: OrderedBatch, ordered: BatchOrder, sources: ClassifySources): Promise<Placements> => {
  if (isCalm(ordered)) return NO_PLACEMENTS;
  const stored = new StoredValues();
  wantOwnTimes(batch, ordered, stored);
  for (;;) {
    await stored.ask((keys) => sources.lookUp(keys));
    const placements = placeAll(batch, ordered, stored);
    if (stored.isComplete) return placements;
  }
};

const placeOf = ({ sequence, place }: { readonly sequence: number; readonly place: string }): string =>
  `${sequence}${place}`;

/** Follows an earlier attempt to the letter, so that a restart stores and counts exactly what that would have. */
const recall = ({ readings }: OrderedBatch, { classified }: Intent): Placements => {
  const placements = new Map<number, Placement>();
  const lookedUp = new Map(classified.map((of) => [placeOf(of), of]));
  if (lookedUp.size === 0) return placements;
  const holders = new Map<string, number>();
  for (let row = 0; row < readings.length; row += 1) {
    const reading = readingAt(readings, row);
    const { classification = 'new', observedAt = reading.observedAt } = lookedUp.get(placeOf(reading)) ?? {};
    const key = keyOf({ ...reading, observedAt });
    const replaced = classification === 'revised' ? holders.get(key) : undefined;
    if (classification !== 'duplicate') holders.set(key, row);
    if (classification === 'new' && observedAt === reading.observedAt) continue;
    placements.set(row, { observedAt, classification, ...(replaced === undefined ? {} : { replaced }) });
  }
  return placements;
};

/** The readings at their final times. */
const atPlacements = (readings: ReadingColumns, placements: Placements): ReadingColumns => {
  if (placements.size === 0) return readings;
  const observedAt = readings.observedAt.slice();
  const timedBy = readings.timedBy.slice();
  for (const [row, placement] of placements) {
    if (placement.observedAt === observedAt[row]) continue;
    observedAt[row] = placement.observedAt;
    if (timedBy[row] !== ARRIVAL) timedBy[row] = SHIFTED;
  }
  return { ...readings, observedAt, timedBy };
};

/** Readings without an id that were moved have an identity from then on. */
const movedWithoutId = (
  { readings }: OrderedBatch,
  { known }: BatchOrder,
  placements: Placements,
): readonly Identified[] => {
  const moved = [...placements].flatMap(([from, { observedAt, classification }]) => {
    const own = readings.observedAt[from] ?? 0;
    if (readings.timedBy[from] === ARRIVAL || classification === 'duplicate' || observedAt === own) return [];
    const reading = readingAt(readings, from);
    return [{ device: reading.device, identity: withoutId(reading), from, to: from + 1 }];
  });
  if (moved.length === 0) return moved;
  const withId = new Set(known.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i)));
  return moved.filter(({ from }) => !withId.has(from));
};

const lookedUpIn = ({ readings }: OrderedBatch, placements: Placements): readonly ClassifiedReading[] =>
  [...placements].map(([row, { observedAt, classification }]) => {
    const sequence = readings.sequence[row] ?? 0;
    const place = readings.place(row);
    return { sequence, place, classification, ...(observedAt === readings.observedAt[row] ? {} : { observedAt }) };
  });

const newestTimesOf = (
  ordered: BatchOrder,
  placements: Placements,
  readings: ReadingColumns,
): readonly NewestTime[] => {
  const newest = new Map([...ordered.states].map(([device, state]) => [device, state.newest]));
  const rows = isCalm(ordered) ? 0 : readings.length;
  for (let row = 0; row < rows; row += 1) {
    if (placements.get(row)?.classification === 'duplicate') continue;
    const { device } = seriesAt(readings, row);
    const observedAt = readings.observedAt[row] ?? 0;
    newest.set(device, Math.max(newest.get(device) ?? observedAt, observedAt));
  }
  return [...newest].map(([device, at]) => ({ device, newest: at }));
};

/**
 * Gives every reading its final time and a classification. The same key (device, property, time, and id where one was sent) with the
 * same value is a duplicate, with another one a revision: the later arrival wins. Where another reading holds the time of a
 * reading, it is moved to the next free millisecond; a reading timed by its arrival never replaces one. A reading that is
 * newer than its device's newest needs no look-up.
 */
export const classify = async (batch: OrderedBatch, sources: ClassifySources): Promise<Classified<ReadingColumns>> => {
  const ordered = order(batch, sources);
  const intent = sources.intent();
  const placements = intent === undefined ? await decide(batch, ordered, sources) : recall(batch, intent);
  const readings = atPlacements(batch.readings, placements);
  const classifications = new Map<number, Classification>();
  const superseded = new Set<number>();
  for (const [position, { classification, replaced }] of placements) {
    if (classification !== 'new') classifications.set(position, classification);
    if (replaced !== undefined) superseded.add(replaced);
  }
  return {
    readings,
    classifications,
    superseded,
    lookedUp: lookedUpIn(batch, placements),
    isRepeat: intent !== undefined,
    newestTimes: newestTimesOf(ordered, placements, readings),
    identified: [...ordered.known, ...movedWithoutId(batch, ordered, placements)],
  };
};
