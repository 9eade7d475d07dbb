import { type Alert, hasEnded, type SeenEvidence } from '#model/alerts/alert.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Qualified } from '#model/readings/reading.ts';
import { isBelievable } from './evidence.ts';

/** What is known of a series: its newest reading, and the alerts of it that are not over, by rule. */
export interface AlertSeries {
  readonly at: Instant;
  /** Its value; undefined when it was one that nobody may believe. */
  readonly value: number | undefined;
  readonly alerts: ReadonlyMap<string, Alert>;
}

/** One property of one device at one station: what is known of it, and what a batch under way would make of that. */
export interface Slot {
  known: AlertSeries;
  draft: { -readonly [key in keyof AlertSeries]: AlertSeries[key] } | undefined;
}

/** The slots of one device at one station, by property. */
export type SeriesPlace = Map<string, Slot>;

/** What a restart finds again, because the transaction of the batch has it. */
export interface LoadedAlerts {
  readonly latest: readonly Pick<Qualified, 'station' | 'device' | 'property' | 'value' | 'flag' | 'observedAt'>[];
  /** Pending and firing ones. */
  readonly alerts: readonly Alert[];
  readonly nextId: number;
}

/** What the evaluator knows: as of the last committed batch, and nothing that a restart would not find again. */
export interface AlertMemory {
  /** By station, then by device: looked up once an observation, by names that are there already. */
  readonly places: Map<string, Map<string, SeriesPlace>>;
  nextId: number;
}

const NO_ALERTS: ReadonlyMap<string, Alert> = new Map();

/** A series of which nothing was heard yet. */
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

/** It may be known under another device of the station, which has handed it over since. */
const forgetAlert = ({ places }: AlertMemory, { id, station, property }: Alert): void => {
  for (const place of places.get(station)?.values() ?? []) {
    const slot = place.get(property);
    const kept = [...(slot?.known.alerts ?? [])].filter(([, known]) => known.id !== id);
    if (slot === undefined || kept.length === slot.known.alerts.size) continue;
    slot.known = { ...slot.known, alerts: kept.length === 0 ? NO_ALERTS : new Map(kept) };
  }
};

/** Takes over alerts as they were committed. */
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
