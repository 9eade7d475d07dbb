import type { ResolvedRule, RulesOf } from '#alerter/rules/rule.ts';
import type { Alert, AlertChange, Evaluated } from '#model/alerts/alert.ts';
import type { Duration } from '#model/base/duration.ts';
import { type Qualified, isUndone } from '#model/readings/reading.ts';
import { isBelievable } from './evidence.ts';
import { type AlertMemory, type AlertSeries, type Slot, beforeOf, placeOf, slotOf } from './alert-memory.ts';
import { step } from './step.ts';

/** Against what readings are held. */
export interface EvaluationContext {
  readonly rules: RulesOf;
  /** How old a reading of a device may be at its arrival, and how far apart two, to be evidence of now. */
  readonly freshness: (device: string) => Duration;
  /** False for a device that is gone from the station: its earlier readings begin no alert. */
  readonly isThere: (place: Pick<Qualified, 'station' | 'device'>) => boolean;
}

/** Readings that share device, station and time. */
export interface EvaluatedReadings {
  readonly readings: readonly Qualified[];
}

/** An evaluation that can be committed, with what the memory becomes then. */
export interface Evaluation extends Evaluated {
  readonly series: readonly (readonly [slot: Slot, series: AlertSeries])[];
}

/** What a batch has come to so far. */
interface Draft {
  readonly slots: Slot[];
  readonly changes: AlertChange[];
  readonly touched: Map<number, Alert>;
  nextId: number;
}

/** Context in which a reading is judged. */
interface ReadingContext {
  readonly gap: Duration;
  readonly isThere: boolean;
  readonly draft: Draft;
}

/** Nothing to be done: most readings are far from every level. */
const isCalm = (value: number, rules: readonly ResolvedRule[], alerts: ReadonlyMap<string, Alert>): boolean =>
  alerts.size === 0 && rules.every((rule) => rule.condition.zone(value, rule) !== 'raised');

/** The alerts of a series after one more piece of evidence; the same map where nothing came of it. */
const evaluateReading = (
  reading: Qualified,
  rules: readonly ResolvedRule[],
  known: AlertSeries,
  { gap, isThere, draft }: ReadingContext,
): ReadonlyMap<string, Alert> => {
  if (isCalm(reading.value, rules, known.alerts)) return known.alerts;
  const { station, device, value, observedAt: at, receivedAt, sequence } = reading;
  const before = known.at <= at && at - known.at <= gap.ms ? beforeOf(known) : undefined;
  const evidence = { station, device, value, at, before, gap };
  const alerts = new Map(known.alerts);
  for (const rule of rules) {
    const alert = alerts.get(rule.id);
    if (alert === undefined && !isThere) continue;
    const next = step(alert, rule, evidence, () => draft.nextId++);
    if (next === undefined) continue;
    draft.touched.set(next.id, next);
    if (next.state === 'resolved') alerts.delete(rule.id);
    else alerts.set(rule.id, next);
    if (next.state !== alert?.state) draft.changes.push({ alert: next, receivedAt, sequence });
  }
  return alerts;
};

const take = (reading: Qualified, rules: readonly ResolvedRule[], slot: Slot, bearing: ReadingContext): void => {
  const { gap, draft } = bearing;
  const known = slot.draft ?? slot.known;
  // what is older than what was seen changes nothing that is now; what is timed by its arrival is not older
  const isLate = reading.timedBy !== 'arrival' && reading.observedAt < known.at;
  if (isLate && !isUndone(known.at, reading.receivedAt)) return;
  const isUseful = isBelievable(reading.flag);
  const isFresh = reading.receivedAt - reading.observedAt <= gap.ms;
  const alerts = isUseful && isFresh ? evaluateReading(reading, rules, known, bearing) : known.alerts;
  if (slot.draft === undefined) {
    slot.draft = { ...known };
    draft.slots.push(slot);
  }
  slot.draft.at = reading.observedAt;
  slot.draft.value = isUseful ? reading.value : undefined;
  slot.draft.alerts = alerts;
};

const observe = (
  { readings }: EvaluatedReadings,
  ground: EvaluationContext,
  memory: AlertMemory,
  draft: Draft,
): void => {
  const [first] = readings;
  const ofStation = first === undefined ? undefined : ground.rules.get(first.station);
  if (first === undefined || ofStation === undefined) return;
  const place = placeOf(memory, first.station, first.device);
  let bearing: ReadingContext | undefined;
  for (const reading of readings) {
    const rules = ofStation.get(reading.property);
    if (rules === undefined) continue;
    bearing ??= { gap: ground.freshness(first.device), isThere: ground.isThere(first), draft };
    take(reading, rules, slotOf(place, reading.property), bearing);
  }
};

/**
 * Holds readings against the rules, in their order, on the clock of the observations. What is known stays as it was, and
 * the same readings give the same, in however many batches they come.
 */
export const evaluate = (
  observations: Iterable<EvaluatedReadings>,
  ground: EvaluationContext,
  memory: AlertMemory,
): Evaluation => {
  const draft: Draft = { slots: [], changes: [], touched: new Map(), nextId: memory.nextId };
  for (const observed of observations) observe(observed, ground, memory, draft);
  const series = draft.slots.map((slot): [Slot, AlertSeries] => [slot, slot.draft ?? slot.known]);
  for (const slot of draft.slots) slot.draft = undefined;
  return { changes: draft.changes, alerts: [...draft.touched.values()], series };
};
