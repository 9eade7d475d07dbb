import type { Judged, Settled } from '#ingest/batch.ts';
import type { Intent, LookedUp, Verdict } from '#ingest/operations/keep.ts';
import { type ReadingKey, keyOf } from '#ingest/store/store.ts';
import type { Qualified } from '#model/reading.ts';
import { type Past, Present, settleTime } from './arrival.ts';

export interface JudgeSources extends Past {
  /** The intent of an earlier attempt at this very range, or undefined. */
  intent(): Intent | undefined;
  lookUp(keys: readonly ReadingKey[]): Promise<ReadonlyMap<string, number>>;
}

interface Ordered {
  readonly readings: Qualified[];
  /** Positions of readings that are not newer than their device's newest: late, or equal in time. */
  readonly late: number[];
  readonly lateDevices: Set<string>;
}

/** Lays the readings out in order of arrival and tells the late ones from those that need no look-up. */
const order = (batch: readonly Settled[], present: Present): Ordered => {
  const ordered: Ordered = { readings: [], late: [], lateDevices: new Set() };
  for (const settled of batch) {
    for (const observation of settled.observations) {
      const readings = settleTime(settled, observation, present);
      const [first] = readings;
      if (first === undefined) continue;
      const mark = present.mark(first.device);
      const isLate = first.observedAt <= mark.newest;
      if (isLate) ordered.lateDevices.add(first.device);
      else present.setMark({ ...mark, newest: first.observedAt });
      for (const reading of readings) {
        if (isLate) ordered.late.push(ordered.readings.length);
        ordered.readings.push(reading);
      }
    }
  }
  return ordered;
};

const placeOf = ({ sequence, place }: { readonly sequence: number; readonly place: string }): string =>
  `${sequence}${place}`;

/** What is known of late readings before this batch: their verdicts from an earlier attempt, or the store's values. */
interface Known {
  verdict(reading: Qualified): Verdict | undefined;
  stored(key: string): number | undefined;
}

const recall = (intent: Intent): Known => {
  const verdicts = new Map(intent.verdicts.map((of) => [placeOf(of), of.verdict]));
  return { verdict: (reading) => verdicts.get(placeOf(reading)), stored: () => undefined };
};

const ask = async ({ readings, late }: Ordered, sources: JudgeSources): Promise<Known> => {
  const keys = late.flatMap((position) => readings[position] ?? []);
  const stored = keys.length === 0 ? new Map<string, number>() : await sources.lookUp(keys);
  return { verdict: () => undefined, stored: (key) => stored.get(key) };
};

const compare = (value: number, earlier: number | undefined): Verdict => {
  if (earlier === undefined) return 'new';
  return value === earlier ? 'duplicate' : 'revised';
};

interface Verdicts {
  readonly verdicts: ReadonlyMap<number, Verdict>;
  readonly superseded: ReadonlySet<number>;
  readonly lookedUp: readonly LookedUp[];
}

/** Goes through the readings of those devices that have late ones, in order: a later arrival wins over an earlier. */
const decide = ({ readings, late, lateDevices }: Ordered, known: Known): Verdicts => {
  const verdicts = new Map<number, Verdict>();
  const superseded = new Set<number>();
  const lookedUp: LookedUp[] = [];
  const isLate = new Set(late);
  const inBatch = new Map<string, number>();
  readings.forEach((reading, position) => {
    if (!lateDevices.has(reading.device)) return;
    const key = keyOf(reading);
    const earlier = inBatch.get(key);
    if (isLate.has(position)) {
      const before = earlier === undefined ? known.stored(key) : readings[earlier]?.value;
      const verdict = known.verdict(reading) ?? compare(reading.value, before);
      if (verdict !== 'new') verdicts.set(position, verdict);
      lookedUp.push({ sequence: reading.sequence, place: reading.place, verdict });
      if (verdict === 'duplicate') return;
    }
    if (earlier !== undefined) superseded.add(earlier);
    inBatch.set(key, position);
  });
  return { verdicts, superseded, lookedUp };
};

/**
 * Tells new readings from duplicates (same device, property, time and value) and revisions (another value: the later
 * arrival wins). A reading that is newer than its device's newest needs no look-up. An earlier attempt's intent is
 * followed to the letter, so that a restart counts exactly what the interrupted run would have counted.
 */
export const judge = async (batch: readonly Settled[], sources: JudgeSources): Promise<Judged> => {
  const present = new Present(sources);
  const ordered = order(batch, present);
  const intent = sources.intent();
  const known = intent === undefined ? await ask(ordered, sources) : recall(intent);
  return {
    readings: ordered.readings,
    ...decide(ordered, known),
    isRepeat: intent !== undefined,
    marks: present.marks(),
    pins: present.pins(),
  };
};
