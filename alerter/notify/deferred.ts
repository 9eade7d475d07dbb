import { audienceOf } from './audience.ts';
import type { Channel } from './channel.ts';
import { isDeferred } from './stages/deferred.ts';
import { type Alert, hasEnded, type Silence, silenceOf } from '#model/alerts/alert.ts';
import type { Instant } from '#model/base/instant.ts';

/** What decides whether an alert can be told at this moment. */
export interface DeferredInfo {
  readonly channels: readonly Channel[];
  readonly silences: readonly Silence[];
  readonly now: Instant;
}

/** What a silence has kept from people: it is told when the silence is over, whether readings come or not. */
export interface Deferred {
  /**
   * Standing alerts that fire and were told to nobody, and ends of those that people believe in: nothing mutes them any
   * more, and there is somebody to tell. Oldest first.
   */
  due(standing: readonly Alert[], moment: DeferredInfo): readonly Alert[];
  /** Alerts as they were committed. */
  committed(alerts: readonly Alert[]): void;
}

const isEndOwed = (alert: Alert): boolean => hasEnded(alert) && alert.isTold;

/** @param recalled ends that were owed when the service stopped */
export const makeDeferred = (recalled: readonly Alert[]): Deferred => {
  let ends = recalled;
  return {
    due: (standing, { channels, silences, now }) =>
      [...ends, ...standing]
        .filter(
          (alert) =>
            isDeferred(alert) &&
            silenceOf(alert, silences, now) === undefined &&
            // an end that nobody is there to hear is done with
            (hasEnded(alert) || audienceOf(alert, channels).length > 0),
        )
        .toSorted((a, b) => a.id - b.id),
    committed: (alerts) => {
      if (alerts.length === 0) return;
      const now = new Map([...ends, ...alerts].map((alert) => [alert.id, alert]));
      ends = [...now.values()].filter(isEndOwed);
    },
  };
};
