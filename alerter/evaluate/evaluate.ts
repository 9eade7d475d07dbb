import type { ResolvedRule, RulesOf } from '#alerter/rule.ts';
import type { Alert, AlertChange, Evaluated } from '#model/alert.ts';
import type { Duration } from '#model/duration.ts';
import type { Qualified } from '#model/reading.ts';
import { isBelievable } from './evidence.ts';
import { type Memory, type Series, type SeriesKey, UNHEARD, beforeOf, seriesKey } from './memory.ts';
import { step } from './step.ts';

/** Against what readings are held. */
export interface Ground {
  readonly rules: RulesOf;
  /** How old a reading of a device may be at its arrival, and how far apart two, to be evidence of now. */
  readonly freshness: (device: string) => Duration;
}

/** Readings that share device, station and time. */
export interface Observed {
  readonly readings: readonly Qualified[];
}

/** An evaluation that can be committed, with what the memory becomes then. */
export interface Evaluation extends Evaluated {
  readonly series: ReadonlyMap<SeriesKey, Series>;
}

const isFresh = ({ observedAt, receivedAt }: Qualified, fresh: Duration): boolean =>
  receivedAt - observedAt <= fresh.ms;

interface Draft {
  readonly series: Map<SeriesKey, Series>;
  readonly changes: AlertChange[];
  readonly touched: Map<number, Alert>;
  nextId: number;
}

/** The alerts of a series after one more piece of evidence; the same map where nothing came of it. */
const judge = (
  reading: Qualified,
  rules: readonly ResolvedRule[],
  known: Series,
  gap: Duration,
  draft: Draft,
): ReadonlyMap<string, Alert> => {
  const { station, device, value, observedAt: at, receivedAt, sequence } = reading;
  const before = at - known.at <= gap.ms ? beforeOf(known) : undefined;
  const evidence = { station, device, value, at, before, gap };
  let alerts: Map<string, Alert> | undefined;
  for (const rule of rules) {
    const alert = known.alerts.get(rule.id);
    const next = step(alert, rule, evidence, () => draft.nextId++);
    if (next === undefined) continue;
    alerts ??= new Map(known.alerts);
    draft.touched.set(next.id, next);
    if (next.state === 'resolved') alerts.delete(rule.id);
    else alerts.set(rule.id, next);
    if (next.state !== alert?.state) draft.changes.push({ alert: next, receivedAt, sequence });
  }
  return alerts ?? known.alerts;
};

const take = (
  reading: Qualified,
  rules: readonly ResolvedRule[],
  memory: Memory,
  ground: Ground,
  draft: Draft,
): void => {
  const key = seriesKey(reading);
  const known = draft.series.get(key) ?? memory.series.get(key) ?? UNHEARD;
  // what is older than what was seen changes nothing that is now
  if (reading.observedAt < known.at) return;
  const fresh = ground.freshness(reading.device);
  const isEvidence = isBelievable(reading.flag) && isFresh(reading, fresh);
  draft.series.set(key, {
    at: reading.observedAt,
    value: isBelievable(reading.flag) ? reading.value : undefined,
    alerts: isEvidence ? judge(reading, rules, known, fresh, draft) : known.alerts,
  });
};

/**
 * Holds readings against the rules, in their order, on the clock of the observations. Pure: the memory is as it was,
 * and the same readings give the same, in however many batches they come.
 */
export const evaluate = (observations: Iterable<Observed>, ground: Ground, memory: Memory): Evaluation => {
  const draft: Draft = { series: new Map(), changes: [], touched: new Map(), nextId: memory.nextId };
  for (const { readings } of observations) {
    const [first] = readings;
    const ofStation = first === undefined ? undefined : ground.rules.get(first.station);
    if (ofStation === undefined) continue;
    for (const reading of readings) {
      const rules = ofStation.get(reading.property);
      if (rules !== undefined) take(reading, rules, memory, ground, draft);
    }
  }
  return { changes: draft.changes, alerts: [...draft.touched.values()], series: draft.series };
};
