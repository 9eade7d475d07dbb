import type { ObservedChange } from '#ingest/batch.ts';
import type { LastSeen, LatestValue, Presence } from '#storage/operations/alerting.ts';
import { newestAfter } from '#storage/operations/newest.ts';
import { parseForwarded } from '#model/registry/gateway.ts';
import type { Instant } from '#model/base/instant.ts';
import { isOfArrival, qualifiedAt, type QualifiedColumns } from '#model/readings/columns.ts';
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

/** Follows the newest values of a batch, where they are newer than the known ones; a late one only fills in a valid value. */
class BatchLatest {
  readonly #readings: QualifiedColumns;
  readonly #isValid: IsValid;
  /** By series: the value before the batch. */
  readonly #known: readonly (LatestValue | undefined)[];
  /** By series: the row of the newest value; −1 where the batch has changed nothing. */
  readonly #row: Int32Array;
  /** By series: the newest value where its row is not all there is to it. */
  readonly #value: (LatestValue | undefined)[];

  constructor(readings: QualifiedColumns, { latest }: CurrentState, isValid: IsValid) {
    this.#readings = readings;
    this.#isValid = isValid;
    this.#known = readings.seriesTable.map((series) => latest.get(placeOf(series))?.get(series.property));
    this.#row = new Int32Array(readings.seriesTable.length).fill(-1);
    this.#value = readings.seriesTable.map(() => undefined);
  }

  take(row: number): void {
    const { series, observedAt, flag } = this.#readings;
    const number = series[row] ?? -1;
    const newest = this.#row[number] ?? -1;
    const isRow = newest !== -1 && this.#value[number] === undefined;
    const before = newest === -1 ? undefined : observedAt[newest];
    if (isRow && !this.#isNewer(row, before)) return;
    const isPlain = newest === -1 ? this.#known[number] === undefined : isRow;
    const isSound = flag[row] !== FLAG.FAIL && flag[row] !== FLAG.MISSING;
    if (isPlain && isSound && this.#isNewer(row, before)) this.#row[number] = row;
    else this.#compare(number, row);
  }

  /** The newest values that the batch has changed. */
  changed(): readonly LatestValue[] {
    return this.#value.flatMap((_, number) => this.#valueOf(number) ?? []);
  }

  #valueOf(number: number): LatestValue | undefined {
    const row = this.#row[number] ?? -1;
    return this.#value[number] ?? (row === -1 ? undefined : asLatest(qualifiedAt(this.#readings, row)));
  }

  #isNewer(row: number, before: Instant | undefined): boolean {
    const { observedAt, receivedAt } = this.#readings;
    if (before === undefined || isOfArrival(this.#readings, row) || (observedAt[row] ?? 0) >= before) return true;
    return isUndone(before, receivedAt[row] ?? 0);
  }

  #compare(number: number, row: number): void {
    const before = this.#valueOf(number) ?? this.#known[number];
    const reading = asLatest(qualifiedAt(this.#readings, row));
    const value = newestAfter(before, reading, this.#isValid, this.#isNewer(row, before?.observedAt));
    if (value === undefined) return;
    // a sound value that is the newest needs no object: the next is compared with its row
    const isRow = value.valid === undefined && value.observedAt === reading.observedAt && this.#isValid(value);
    this.#row[number] = row;
    this.#value[number] = isRow && value.value === reading.value ? undefined : value;
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
