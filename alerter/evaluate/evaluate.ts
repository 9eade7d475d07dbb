import type { ResolvedRule, RulesOf } from '#alerter/rules/rule.ts';
import type { Alert, AlertChange, Evaluated } from '#model/alerts/alert.ts';
import type { Duration } from '#model/base/duration.ts';
import { flagAt, isOfArrival, type QualifiedColumns, readingAt, type Series } from '#model/readings/columns.ts';
import { type Qualified, isUndone } from '#model/readings/reading.ts';
import { isBelievable } from './evidence.ts';
import { type AlertMemory, type AlertSeries, type Slot, beforeOf, placeOf, slotOf } from './alert-memory.ts';
import { step } from './step.ts';

/** Rules and facts for the evaluation of readings. */
export interface EvaluationContext {
  readonly rules: RulesOf;
  /** Largest age of a reading at its arrival, and largest distance of two readings, to be evidence of the present. */
  readonly freshness: (device: string) => Duration;
  /** False for a device that has left the station: its earlier readings do not begin an alert. */
  readonly isThere: (place: Pick<Qualified, 'station' | 'device'>) => boolean;
}

/** An evaluation that can be committed, with what the memory becomes then. */
export interface Evaluation extends Evaluated {
  readonly series: readonly (readonly [slot: Slot, series: AlertSeries])[];
}

/** The intermediate result of a batch. */
interface Draft {
  readonly slots: Slot[];
  readonly changes: AlertChange[];
  readonly touched: Map<number, Alert>;
  nextId: number;
}

/** The rules of a series, what is known of it, and the facts about its device. */
interface WatchedSeries {
  readonly series: Series;
  readonly rules: readonly ResolvedRule[];
  readonly slot: Slot;
  readonly gap: Duration;
  readonly isThere: boolean;
}

/** True where a reading changes nothing: most readings are far from each level. */
const isCalm = (value: number, rules: readonly ResolvedRule[], alerts: ReadonlyMap<string, Alert>): boolean =>
  alerts.size === 0 && rules.every((rule) => rule.condition.zone(value, rule) !== 'raised');

/** The evaluation of the readings of one batch. */
class BatchEvaluation {
  readonly #readings: QualifiedColumns;
  readonly #draft: Draft;

  constructor(readings: QualifiedColumns, draft: Draft) {
    this.#readings = readings;
    this.#draft = draft;
  }

  take(row: number, watched: WatchedSeries): void {
    const observedAt = this.#readings.observedAt[row] ?? 0;
    const receivedAt = this.#readings.receivedAt[row] ?? 0;
    const { slot, gap } = watched;
    const known = slot.draft ?? slot.known;
    // a reading older than the newest one changes nothing of the present; one that has the time of its arrival is not older
    const isLate = !isOfArrival(this.#readings, row) && observedAt < known.at;
    if (isLate && !isUndone(known.at, receivedAt)) return;
    const isUseful = isBelievable(flagAt(this.#readings, row));
    const isFresh = receivedAt - observedAt <= gap.ms;
    const alerts = isUseful && isFresh ? this.#evaluate(row, watched, known) : known.alerts;
    if (slot.draft === undefined) {
      slot.draft = { ...known };
      this.#draft.slots.push(slot);
    }
    slot.draft.at = observedAt;
    slot.draft.value = isUseful ? this.#readings.value[row] : undefined;
    slot.draft.alerts = alerts;
  }

  /** The alerts of a series after one more piece of evidence; the same map where nothing came of it. */
  #evaluate(row: number, { series, rules, gap, isThere }: WatchedSeries, known: AlertSeries): AlertSeries['alerts'] {
    const value = this.#readings.value[row] ?? Number.NaN;
    if (isCalm(value, rules, known.alerts)) return known.alerts;
    const { observedAt: at, receivedAt, sequence } = readingAt(this.#readings, row);
    const { station, device } = series;
    const before = known.at <= at && at - known.at <= gap.ms ? beforeOf(known) : undefined;
    const evidence = { station, device, value, at, before, gap };
    const alerts = new Map(known.alerts);
    const draft = this.#draft;
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
  }
}

const watchedOf = (series: Series, context: EvaluationContext, memory: AlertMemory): WatchedSeries | undefined => {
  const { station, device, property } = series;
  const rules = context.rules.get(station)?.get(property);
  if (rules === undefined) return undefined;
  const slot = slotOf(placeOf(memory, station, device), property);
  return { series, rules, slot, gap: context.freshness(device), isThere: context.isThere(series) };
};

/**
 * Holds readings against the rules, in their order, on the clock of the observations. What is known stays as it was, and
 * the same readings give the same, in however many batches they come.
 */
export const evaluate = (readings: QualifiedColumns, context: EvaluationContext, memory: AlertMemory): Evaluation => {
  const draft: Draft = { slots: [], changes: [], touched: new Map(), nextId: memory.nextId };
  const evaluation = new BatchEvaluation(readings, draft);
  const watched = readings.seriesTable.map((series) => watchedOf(series, context, memory));
  for (let row = 0; row < readings.length; row += 1) {
    const of = watched[readings.series[row] ?? -1];
    if (of !== undefined) evaluation.take(row, of);
  }
  const series = draft.slots.map((slot): [Slot, AlertSeries] => [slot, slot.draft ?? slot.known]);
  for (const slot of draft.slots) slot.draft = undefined;
  return { changes: draft.changes, alerts: [...draft.touched.values()], series };
};
