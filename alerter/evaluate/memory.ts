import type { Alert, Seen } from '#model/alert.ts';
import type { Instant } from '#model/instant.ts';
import type { Qualified } from '#model/reading.ts';
import { isBelievable } from './evidence.ts';

/** One property of one device at one station. */
export type SeriesKey = string;

export const seriesKey = ({ station, device, property }: Pick<Alert, 'station' | 'device' | 'property'>): SeriesKey =>
  `${station}\t${device}\t${property}`;

/** What is known of a series: its newest reading, and the alerts of it that are not over, by rule. */
export interface Series {
  readonly at: Instant;
  /** Its value; undefined when it was one that nobody may believe. */
  readonly value: number | undefined;
  readonly alerts: ReadonlyMap<string, Alert>;
}

/** What a restart finds again, because the transaction of the batch has it. */
export interface Recalled {
  readonly latest: readonly Pick<Qualified, 'station' | 'device' | 'property' | 'value' | 'flag' | 'observedAt'>[];
  /** Pending and firing ones. */
  readonly alerts: readonly Alert[];
  readonly nextId: number;
}

/** What the evaluator knows: as of the last committed batch, and nothing that a restart would not find again. */
export interface Memory {
  series: Map<SeriesKey, Series>;
  nextId: number;
}

const NO_ALERTS: ReadonlyMap<string, Alert> = new Map();

/** A series of which nothing was heard yet. */
export const UNHEARD: Series = { at: Number.NEGATIVE_INFINITY, value: undefined, alerts: NO_ALERTS };

export const beforeOf = ({ at, value }: Series): Seen | undefined => (value === undefined ? undefined : { at, value });

const withAlert = (series: Series, alert: Alert): Series => {
  const alerts = new Map(series.alerts);
  if (alert.state === 'resolved') alerts.delete(alert.rule);
  else alerts.set(alert.rule, alert);
  return { ...series, alerts: alerts.size === 0 ? NO_ALERTS : alerts };
};

/** Takes over alerts as they were committed. */
export const rememberAlerts = (memory: Memory, alerts: readonly Alert[]): void => {
  for (const alert of alerts) {
    const key = seriesKey(alert);
    memory.series.set(key, withAlert(memory.series.get(key) ?? UNHEARD, alert));
    memory.nextId = Math.max(memory.nextId, alert.id + 1);
  }
};

export const recallMemory = ({ latest, alerts, nextId }: Recalled): Memory => {
  const memory: Memory = { series: new Map(), nextId };
  for (const reading of latest) {
    const value = isBelievable(reading.flag) ? reading.value : undefined;
    memory.series.set(seriesKey(reading), { at: reading.observedAt, value, alerts: NO_ALERTS });
  }
  rememberAlerts(memory, alerts);
  return memory;
};
