import { type Alert, hasEnded, type SeenEvidence } from '#model/alerts/alert.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Qualified } from '#model/readings/reading.ts';
import { isBelievable } from './evidence.ts';

/** The state of a series: its newest reading, and its standing alerts by rule. */
export interface AlertSeries {
  readonly at: Instant;
  /** Its value; undefined where it failed its checks. */
  readonly value: number | undefined;
  readonly alerts: ReadonlyMap<string, Alert>;
}

/** One property of one device at one station, with its committed state and that of a batch under way. */
export interface Slot {
  known: AlertSeries;
  draft: { -readonly [key in keyof AlertSeries]: AlertSeries[key] } | undefined;
}

/** The slots of one device at one station, by property. */
export type SeriesPlace = Map<string, Slot>;

/** The state that a restart loads, because the transaction of each batch saves it. */
export interface LoadedAlerts {
  readonly latest: readonly Pick<Qualified, 'station' | 'device' | 'property' | 'value' | 'flag' | 'observedAt'>[];
  /** Pending and firing ones. */
  readonly alerts: readonly Alert[];
  readonly nextId: number;
}

/** The memory of the evaluator, as of the last committed batch. A restart loads the same state. */
export interface AlertMemory {
  /** Places by station and device, which are looked up once an observation. */
  readonly places: Map<string, Map<string, SeriesPlace>>;
  nextId: number;
}

const NO_ALERTS: ReadonlyMap<string, Alert> = new Map();

/** A series without a reading. */
const UNHEARD: AlertSeries = { at: Number.NEGATIVE_INFINITY, value: undefined, alerts: NO_ALERTS };

export const placeOf = ({ places }: AlertMemory, station: string, device: string): SeriesPlace => {
  let ofStation = places.get(station);
  if (ofStation === undefined) places.set(station, (ofStation = new Map()));
  let place = ofStation.get(device);
  if (place === undefined) ofStation.set(device, (place = new Map()));
  return place;
};

export const slotOf = (place: SeriesPlace, property: string): Slot => {
  let slot = place.get(property);
  if (slot === undefined) place.set(property, (slot = { known: UNHEARD, draft: undefined }));
  return slot;
};

export const beforeOf = ({ at, value }: AlertSeries): SeenEvidence | undefined =>
  value === undefined ? undefined : { at, value };

/** The memory may hold it at another device of the station, which has handed it over since. */
const forgetAlert = ({ places }: AlertMemory, { id, station, property }: Alert): void => {
  for (const place of places.get(station)?.values() ?? []) {
    const slot = place.get(property);
    const kept = [...(slot?.known.alerts ?? [])].filter(([, known]) => known.id !== id);
    if (slot === undefined || kept.length === slot.known.alerts.size) continue;
    slot.known = { ...slot.known, alerts: kept.length === 0 ? NO_ALERTS : new Map(kept) };
  }
};

/** Applies committed alerts. */
export const applyAlerts = (memory: AlertMemory, alerts: readonly Alert[]): void => {
  for (const alert of alerts) {
    memory.nextId = Math.max(memory.nextId, alert.id + 1);
    forgetAlert(memory, alert);
    if (hasEnded(alert)) continue;
    const slot = slotOf(placeOf(memory, alert.station, alert.device), alert.property);
    slot.known = { ...slot.known, alerts: new Map(slot.known.alerts).set(alert.rule, alert) };
  }
};

/** Pending and firing alerts, oldest first. */
export const standingIn = ({ places }: AlertMemory): readonly Alert[] =>
  [...places.values()]
    .flatMap((ofStation) => [...ofStation.values()])
    .flatMap((place) => [...place.values()])
    .flatMap(({ known }) => (known.alerts.size === 0 ? [] : [...known.alerts.values()]))
    .toSorted((a, b) => a.id - b.id);

export const loadAlertMemory = ({ latest, alerts, nextId }: LoadedAlerts): AlertMemory => {
  const memory: AlertMemory = { places: new Map(), nextId };
  for (const { station, device, property, flag, value, observedAt } of latest) {
    slotOf(placeOf(memory, station, device), property).known = {
      at: observedAt,
      value: isBelievable(flag) ? value : undefined,
      alerts: NO_ALERTS,
    };
  }
  applyAlerts(memory, alerts);
  return memory;
};
