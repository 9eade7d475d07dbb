import { audienceOf } from './audience.ts';
import type { Channel } from './channel.ts';
import { isDeferred } from './stages/deferred.ts';
import { type Alert, hasEnded, type Silence, silenceOf } from '#model/alerts/alert.ts';
import type { Instant } from '#model/base/instant.ts';

/** Facts that decide whether a notification can be sent at this moment. */
export interface DeferredContext {
  readonly channels: readonly Channel[];
  readonly silences: readonly Silence[];
  readonly now: Instant;
}

/** The notifications that a silence has deferred. They are sent when the silence is over, with or without new readings. */
export interface Deferred {
  /**
   * Firing alerts that nobody was notified of, and ends of alerts that people were notified of, without a silence and with
   * at least one recipient. Oldest first.
   */
  due(standing: readonly Alert[], context: DeferredContext): readonly Alert[];
  /** Applies committed alerts. */
  committed(alerts: readonly Alert[]): void;
}

const isEndDue = (alert: Alert): boolean => hasEnded(alert) && alert.isNotified;

/** @param loaded ends that were due when the service stopped */
export const makeDeferred = (loaded: readonly Alert[]): Deferred => {
  let ends = loaded;
  return {
    due: (standing, { channels, silences, now }) =>
      [...ends, ...standing]
        .filter(
          (alert) =>
            isDeferred(alert) &&
            silenceOf(alert, silences, now) === undefined &&
            // an end without a recipient is committed as notified
            (hasEnded(alert) || audienceOf(alert, channels).length > 0),
        )
        .toSorted((a, b) => a.id - b.id),
    committed: (alerts) => {
      if (alerts.length === 0) return;
      const now = new Map([...ends, ...alerts].map((alert) => [alert.id, alert]));
      ends = [...now.values()].filter(isEndDue);
    },
  };
};
