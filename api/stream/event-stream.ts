import type { ServerResponse } from 'node:http';
import type { Clock } from '#model/base/clock.ts';
import { wellFormedJson } from '#api/server/well-formed.ts';
import { milliseconds, seconds } from '#model/base/duration.ts';
import { formatInstant } from '#model/base/instant.ts';
import { type AlertFacts, alertDocument } from '#api/alerts/document.ts';
import type { LiveEvent, LiveFeed } from '#ingest/observe/live-feed.ts';
import type { ApiMetrics } from '#api/server/metrics.ts';
import { lastValue } from '#api/stations/document.ts';

/** A comment that keeps proxies from closing a quiet stream. Without it a client knows that the connection is dead. */
const HEARTBEAT = seconds(5);

/** A client that reads nothing for so many heartbeats is disconnected. */
const MISSED_BEATS = 5;

/** Time before a client connects again. */
const RETRY = milliseconds(3_000);

/** Events in one write. */
const CHUNK = 500;

export interface StreamOptions {
  readonly wants: (event: LiveEvent) => boolean;
  readonly queue: number;
}

export interface StreamDeps {
  readonly clock: Clock;
  readonly live: LiveFeed;
  readonly metrics: ApiMetrics;
  /** Registry and silences, for showing alerts. */
  readonly alertFacts: () => AlertFacts;
}

/** A connected client of the live stream. */
export interface EventStream {
  /** Ends the answer. Safe to call twice. */
  stop(): void;
}

/**
 * Writes live events as server-sent events (HTML standard, section 9.2), at the speed of the client. A client whose queue is
 * full, or that reads nothing for 30 s, is disconnected and counted.
 */
export const startEventStream = (to: ServerResponse, options: StreamOptions, deps: StreamDeps): EventStream => {
  let id = 0;
  let isBlocked = false;
  let missedBeats = 0;

  const cut = (reason: 'overrun' | 'stalled'): void => {
    deps.metrics.streamCut(reason);
    to.destroy();
  };

  const pump = (): void => {
    if (subscription.isOverrun()) return cut('overrun');
    while (!isBlocked && !to.destroyed) {
      const events = subscription.take(CHUNK);
      if (events.length === 0) return;
      isBlocked = !to.write(events.map((event) => write(event, (id += 1), deps)).join(''));
    }
  };

  const beat = (): void => {
    missedBeats = isBlocked ? missedBeats + 1 : 0;
    if (missedBeats > MISSED_BEATS) cut('stalled');
    else if (!isBlocked) isBlocked = !to.write(': still here\n\n');
  };

  const subscription = deps.live.subscribe({ ...options, onChange: pump });
  const heartbeat = deps.clock.every(HEARTBEAT, beat);
  to.on('drain', () => {
    isBlocked = false;
    pump();
  });
  to.once('close', () => {
    heartbeat.stop();
    subscription.stop();
  });
  to.write(`retry: ${RETRY.ms}\n\n`);
  return { stop: () => to.end() };
};

const write = (event: LiveEvent, id: number, deps: StreamDeps): string =>
  `id: ${id}\nevent: ${event.event}\ndata: ${wellFormedJson(JSON.stringify(documentOf(event, deps)))}\n\n`;

const documentOf = ({ event, data }: LiveEvent, { clock, alertFacts }: StreamDeps) => {
  switch (event) {
    case 'latest':
      return latestDocument(data, clock.now());
    case 'reading':
      return readingDocument(data);
    case 'alert':
      return alertDocument(data, alertFacts());
    case 'state':
      return data;
  }
};

const latestDocument = (data: Extract<LiveEvent, { event: 'latest' }>['data'], now: number) => ({
  station: data.station,
  family: data.family,
  ...lastValue(data, now),
});

const readingDocument = (data: Extract<LiveEvent, { event: 'reading' }>['data']) => ({
  station: data.station,
  family: data.family,
  device: data.device,
  property: data.property,
  value: data.value,
  flag: data.flag,
  observed_at: formatInstant(data.observedAt),
  received_at: formatInstant(data.receivedAt),
  timed_by: data.timedBy,
  sequence: data.sequence,
});
