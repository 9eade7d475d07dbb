import type { PreparedPacket, ObservedChange } from '#ingest/batch.ts';
import type { LastSeen, LatestValue, Presence } from '#storage/operations/alerting.ts';
import { newestAfter } from '#storage/operations/newest.ts';
import { parseForwarded } from '#model/registry/gateway.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Entry } from '#model/readings/packet.ts';
import { type Qualified, isUndone } from '#model/readings/reading.ts';
import type { IsValid } from '#model/readings/valid.ts';
import { presenceAfter, presenceUnknown } from './presence.ts';

/** What watch knows of now: the newest value of everything, who is there, and who spoke when. */
export interface CurrentState {
  /** By station and device (`placeOf`), then by property. */
  readonly latest: Map<string, Map<string, LatestValue>>;
  readonly presence: Map<string, Presence>;
  readonly seen: Map<string, Instant>;
}

/** The key of a device at a station. */
export const placeOf = ({ station, device }: Pick<LatestValue, 'station' | 'device'>): string =>
  `${station}\t${device}`;

/** A reading that is timed by its arrival is the newest, also where the clock was set back a little since the one before. */
const isNewer = (
  { observedAt, receivedAt, timedBy }: Qualified,
  before: Pick<LatestValue, 'observedAt'> | undefined,
): boolean =>
  before === undefined ||
  timedBy === 'arrival' ||
  observedAt >= before.observedAt ||
  isUndone(before.observedAt, receivedAt);

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

/** The newest values of a batch, where they are newer than what is known; a late one only fills in a valid value. */
const newest = (
  batch: readonly PreparedPacket<Qualified>[],
  now: CurrentState,
  isValid: IsValid,
): readonly LatestValue[] => {
  const changed = new Map<string, Map<string, LatestValue>>();
  for (const { observations } of batch) {
    for (const { readings } of observations) {
      const [first] = readings;
      if (first === undefined) continue;
      const place = placeOf(first);
      const known = now.latest.get(place);
      let ofDevice = changed.get(place);
      if (ofDevice === undefined) {
        ofDevice = new Map();
        changed.set(place, ofDevice);
      }
      for (const reading of readings) {
        const before = ofDevice.get(reading.property) ?? known?.get(reading.property);
        const value = newestAfter(before, reading, isValid, isNewer(reading, before));
        if (value !== undefined) ofDevice.set(reading.property, value);
      }
    }
  }
  return [...changed.values()].flatMap((ofDevice) => [...ofDevice.values()].map(asLatest));
};

const presences = (entries: readonly Entry[], now: CurrentState): ReadonlyMap<string, Presence> => {
  const changed = new Map<string, Presence>();
  for (const entry of entries) {
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

const lastSeen = (entries: readonly Entry[]): ReadonlyMap<string, LastSeen> => {
  const seen = new Map<string, LastSeen>();
  for (const entry of entries) {
    const { sender, receivedAt } = entry;
    if (isSignOfLife(entry)) seen.set(sender, { device: sender, receivedAt });
  }
  return seen;
};

/** What a run of entries changes in what is known of now. */
export const observe = (
  entries: readonly Entry[],
  batch: readonly PreparedPacket<Qualified>[],
  now: CurrentState,
  isValid: IsValid,
): ObservedChange => ({
  latest: newest(batch, now, isValid),
  presence: [...presences(entries, now).values()],
  seen: [...lastSeen(entries).values()],
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
