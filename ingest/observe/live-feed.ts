import type { AlertRecord } from '#model/alerts/alert.ts';
import { type QualifiedColumns, readingsIn } from '#model/readings/columns.ts';
import type { Qualified } from '#model/readings/reading.ts';
import type { State } from '#model/registry/state.ts';
import type { LatestValue } from '#storage/operations/alerting.ts';

/**
 * `reading`: stored. `latest`: the newest value as it is watched, also while the store is away. `alert`: an alert in a
 * new state, or acknowledged. `state`: a station whose state has changed.
 */
export type LiveEvent =
  | { readonly event: 'reading'; readonly data: Qualified }
  | { readonly event: 'latest'; readonly data: LatestValue }
  | { readonly event: 'alert'; readonly data: AlertRecord }
  | { readonly event: 'state'; readonly data: State };

/**
 * Events, published to the present subscribers. Publishing costs next to nothing while nobody does. Each subscriber has
 * a queue of its own with a bound; when it is full the subscription is over, and nobody else is held up.
 */
export interface LiveFeed {
  readings(stored: QualifiedColumns): void;
  latest(values: readonly LatestValue[]): void;
  alerts(changed: readonly AlertRecord[]): void;
  states(changed: readonly State[]): void;
  /** Whether there are subscribers. */
  isHeard(): boolean;
  subscribe(options: SubscribeOptions): Subscription;
}

export interface SubscribeOptions {
  /** Events that may wait; one more ends the subscription. */
  readonly queue: number;
  readonly wants: (event: LiveEvent) => boolean;
  /** Called after events were queued, and once when the queue overran. */
  readonly onChange: () => void;
}

export interface Subscription {
  /** Takes up to `most` events, oldest first. */
  take(most: number): readonly LiveEvent[];
  /** True once events were lost because nobody took them. */
  isOverrun(): boolean;
  /** Safe to call twice. */
  stop(): void;
}

interface FeedSubscriber extends SubscribeOptions {
  waiting: LiveEvent[];
  overrun: boolean;
}

export const makeLiveFeed = (): LiveFeed => {
  const subscribers = new Set<FeedSubscriber>();

  const publish = (events: readonly LiveEvent[]): void => {
    for (const subscriber of subscribers) {
      const wanted = events.filter(subscriber.wants);
      if (wanted.length === 0) continue;
      subscriber.overrun = subscriber.waiting.length + wanted.length > subscriber.queue;
      if (subscriber.overrun) {
        subscribers.delete(subscriber);
        subscriber.waiting = [];
      } else {
        subscriber.waiting = subscriber.waiting.concat(wanted);
      }
      subscriber.onChange();
    }
  };

  return {
    readings: (stored) => {
      if (subscribers.size > 0) publish(readingsIn(stored).map((data) => ({ event: 'reading', data })));
    },
    latest: (values) => {
      if (subscribers.size > 0) publish(values.map((data) => ({ event: 'latest', data })));
    },
    alerts: (changed) => {
      if (subscribers.size > 0) publish(changed.map((data) => ({ event: 'alert', data })));
    },
    states: (changed) => {
      if (subscribers.size > 0) publish(changed.map((data) => ({ event: 'state', data })));
    },
    isHeard: () => subscribers.size > 0,
    subscribe: (options) => {
      const subscriber: FeedSubscriber = { ...options, waiting: [], overrun: false };
      subscribers.add(subscriber);
      return {
        take: (most) => subscriber.waiting.splice(0, most),
        isOverrun: () => subscriber.overrun,
        stop: () => {
          subscribers.delete(subscriber);
          subscriber.waiting = [];
        },
      };
    },
  };
};
