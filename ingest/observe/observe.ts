import type { ObservedChange } from '#ingest/batch.ts';
import type { LastSeen, LatestValue, Presence } from '#storage/operations/alerting.ts';
import { newestAfter } from '#storage/operations/newest.ts';
import { parseForwarded } from '#model/registry/gateway.ts';
import type { Instant } from '#model/base/instant.ts';
import { ARRIVAL, qualifiedAt, type QualifiedColumns } from '#model/readings/columns.ts';
import { FLAG } from '#model/readings/flag.ts';
import type { Entry } from '#model/readings/packet.ts';
import { type Qualified, isUndone } from '#model/readings/reading.ts';
import type { IsValid } from '#model/readings/valid.ts';
import { presenceAfter, presenceUnknown } from './presence.ts';

/** The current state of the alerting reader: newest values, presence, and the last sign of life of each device. */
export interface CurrentState {
  /** By station and device (`placeOf`), then by property. */
  readonly latest: Map<string, Map<string, LatestValue>>;
  readonly presence: Map<string, Presence>;
  readonly seen: Map<string, Instant>;
}

/** The key of a device at a station. */
export const placeOf = ({ station, device }: Pick<LatestValue, 'station' | 'device'>): string =>
  `${station}\t${device}`;

interface Timing {
  readonly observedAt: Instant;
  readonly receivedAt: Instant;
  readonly isArrival: boolean;
}

/** A reading that is timed by its arrival is the newest, also where the clock was set back a little since the one before. */
const isNewer = ({ observedAt, receivedAt, isArrival }: Timing, before: Instant | undefined): boolean =>
  before === undefined || isArrival || observedAt >= before || isUndone(before, receivedAt);

const asLatest = (of: LatestValue): LatestValue => {
  const { station, device, family, property, value, flag, observedAt, receivedAt, timedBy, valid } = of;
  const newest = { station, device, family, property, value, flag, observedAt, receivedAt, timedBy };
  return valid === undefined ? newest : { ...newest, valid };
};

/**
 * Takes what a replay has stored over as newest values, where it is not older than what is known: its arrival lies in the
 * past, so that alone says nothing. Gives what it changed.
 */
export const applyReplayed = (
  stored: readonly Qualified[],
  now: CurrentState,
  isValid: IsValid,
): readonly LatestValue[] => {
  const changed = new Map<string, LatestValue>();
  for (const reading of stored) {
    const known = now.latest.get(placeOf(reading))?.get(reading.property);
    const value = newestAfter(known, asLatest(reading), isValid);
    if (value === undefined) continue;
    rememberLatest(value, now);
    changed.set(`${placeOf(value)}\t${value.property}`, value);
  }
  return [...changed.values()];
};

/** The newest value of one series of a batch: a row of its columns while that is all there is to it, else an object. */
interface SeriesNewest {
  row: number;
  value: LatestValue | undefined;
}

/** Follows the newest values of a batch, where they are newer than the known ones; a late one only fills in a valid value. */
class BatchLatest {
  readonly #readings: QualifiedColumns;
  readonly #known: readonly (LatestValue | undefined)[];
  readonly #newest: (SeriesNewest | undefined)[];
  readonly #isValid: IsValid;

  constructor(readings: QualifiedColumns, { latest }: CurrentState, isValid: IsValid) {
    this.#readings = readings;
    this.#known = readings.seriesTable.map((series) => latest.get(placeOf(series))?.get(series.property));
    this.#newest = readings.seriesTable.map(() => undefined);
    this.#isValid = isValid;
  }

  // oxlint-disable-next-line complexity -- one condition for each kind of entry
  take(row: number): void {
    const { series, observedAt, receivedAt, timedBy, flag } = this.#readings;
    const number = series[row] ?? -1;
    const newest = this.#newest[number];
    const isPlain = newest === undefined ? this.#known[number] === undefined : newest.value === undefined;
    const own = {
      observedAt: observedAt[row] ?? 0,
      receivedAt: receivedAt[row] ?? 0,
      isArrival: timedBy[row] === ARRIVAL,
    };
    const before = newest === undefined ? undefined : observedAt[newest.row];
    if (newest?.value === undefined && before !== undefined && !isNewer(own, before)) return;
    const isSound = flag[row] !== FLAG.FAIL && flag[row] !== FLAG.MISSING;
    if (isPlain && isSound && isNewer(own, before)) this.#newest[number] = { row, value: undefined };
    else this.#compare(number, row, own);
  }

  /** The newest values that the batch has changed. */
  changed(): readonly LatestValue[] {
    return this.#newest.flatMap((newest) => (newest === undefined ? [] : [this.#valueOf(newest)]));
  }

  #valueOf({ row, value }: SeriesNewest): LatestValue {
    return value ?? asLatest(qualifiedAt(this.#readings, row));
  }

  #compare(number: number, row: number, own: Timing): void {
    const newest = this.#newest[number];
    const before = newest === undefined ? this.#known[number] : this.#valueOf(newest);
    const reading = asLatest(qualifiedAt(this.#readings, row));
    const value = newestAfter(before, reading, this.#isValid, isNewer(own, before?.observedAt));
    if (value === undefined) return;
    // a sound value that is the newest needs no object: the next is compared with its row
    const isRow = value.valid === undefined && value.observedAt === reading.observedAt && this.#isValid(value);
    this.#newest[number] = { row, value: isRow && value.value === reading.value ? undefined : value };
  }
}

const newest = (readings: QualifiedColumns, now: CurrentState, isValid: IsValid): readonly LatestValue[] => {
  const latest = new BatchLatest(readings, now, isValid);
  for (let row = 0; row < readings.length; row += 1) latest.take(row);
  return latest.changed();
};

const presences = (entries: readonly Entry[], now: CurrentState): ReadonlyMap<string, Presence> => {
  const changed = new Map<string, Presence>();
  for (const entry of entries) {
    if (entry.kind === 'readings') continue;
    if (entry.kind === 'broker-started') {
      for (const [device, presence] of new Map([...now.presence, ...changed])) {
        changed.set(device, presenceUnknown(entry, presence));
      }
      continue;
    }
    const presence = presenceAfter(entry, changed.get(entry.sender) ?? now.presence.get(entry.sender));
    if (presence !== undefined) changed.set(entry.sender, presence);
  }
  return changed;
};

/**
 * Only what a device itself sent is a sign of life: not its will, which the broker sends for it, nor what a network
 * server says of a downlink, which may be that it gave up.
 */
const isSignOfLife = ({ kind, topic }: Entry): boolean =>
  kind === 'readings' ||
  kind === 'status' ||
  kind === 'connected' ||
  (kind === 'reply' && parseForwarded(topic) === undefined);

const lastSeen = (entries: readonly Entry[]): readonly LastSeen[] => {
  const seen = new Map<string, Instant>();
  for (const entry of entries) if (isSignOfLife(entry)) seen.set(entry.sender, entry.receivedAt);
  return Array.from(seen, ([device, receivedAt]) => ({ device, receivedAt }));
};

/** Changes of the current state that a run of entries causes. */
export const observe = (
  entries: readonly Entry[],
  readings: QualifiedColumns,
  now: CurrentState,
  isValid: IsValid,
): ObservedChange => ({
  latest: newest(readings, now, isValid),
  presence: [...presences(entries, now).values()],
  seen: lastSeen(entries),
});

const rememberLatest = (value: LatestValue, now: CurrentState): void => {
  const place = placeOf(value);
  const ofDevice = now.latest.get(place);
  if (ofDevice === undefined) now.latest.set(place, new Map([[value.property, value]]));
  else ofDevice.set(value.property, value);
};

/** Takes a change over into what is known, after it has been committed. */
export const apply = (change: ObservedChange, now: CurrentState): void => {
  for (const value of change.latest) rememberLatest(value, now);
  for (const presence of change.presence) now.presence.set(presence.device, presence);
  for (const { device, receivedAt } of change.seen) now.seen.set(device, receivedAt);
};
