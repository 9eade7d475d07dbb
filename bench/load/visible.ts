import { z } from 'zod';
import { Histogram } from './histogram.ts';
import type { VisibleSummary } from './protocol.ts';
import type { Clock } from '#model/base/clock.ts';
import { milliseconds, seconds } from '#model/base/duration.ts';
import { type Instant, parseInstant } from '#model/base/instant.ts';

/** Interval of the requests to `/v1/latest`, which is part of the measured time. */
export const POLL = milliseconds(50);
const TIMEOUT = seconds(10);

const Event = z.object({ station: z.string(), observed_at: z.string() });
const Latest = z.object({ values: z.array(Event) });

/** Publishes that are not visible yet in one of the ways, oldest first. */
class Awaited {
  readonly seen = new Histogram();
  #waiting: { readonly at: Instant; readonly sentAt: number }[] = [];

  sent(at: Instant, sentAt: number): void {
    this.#waiting.push({ at, sentAt });
  }

  /** The value of this time, and all older values, are visible. */
  arrived(at: Instant, now: number): void {
    while (this.#waiting[0] !== undefined && this.#waiting[0].at <= at) {
      const publish = this.#waiting.shift();
      if (publish !== undefined) this.seen.record(now - publish.sentAt);
    }
  }

  get unseen(): number {
    return this.#waiting.length;
  }

  clear(): void {
    this.#waiting = [];
    this.seen.clear();
  }
}

const WAYS = ['reading', 'latest', 'polled'] as const;
type Way = (typeof WAYS)[number];

/** The value in a block of server-sent events, or undefined for a comment or another event. */
const parseEvent = (block: string): { readonly name: Way; readonly data: z.infer<typeof Event> } | undefined => {
  const name = /^event: (.+)$/m.exec(block)?.[1];
  const data = /^data: (.+)$/m.exec(block)?.[1];
  return (name === 'reading' || name === 'latest') && data !== undefined
    ? { name, data: Event.parse(JSON.parse(data)) }
    : undefined;
};

/**
 * Measures the time from a publish until its reading is visible in the API in three ways: the event `reading` (storing reader), the event
 * `latest` (alerting reader), and an answer of `/v1/latest`. Each station has one device.
 */
export class Visible {
  readonly #clock: Clock;
  readonly #url: string;
  readonly #stations: ReadonlyMap<string, Readonly<Record<Way, Awaited>>>;

  constructor(url: string, stations: readonly string[], clock: Clock) {
    this.#url = url;
    this.#clock = clock;
    this.#stations = new Map(
      stations.map((station) => [station, { reading: new Awaited(), latest: new Awaited(), polled: new Awaited() }]),
    );
  }

  /** Starts the requests, until the process ends. A failed request ends the process. */
  start(): void {
    for (const station of this.#stations.keys()) void this.#follow(station);
    void this.#poll();
  }

  sent(station: string, at: Instant, now: number): void {
    const ways = this.#stations.get(station);
    for (const way of WAYS) ways?.[way].sent(at, now);
  }

  clear(): void {
    for (const ways of this.#stations.values()) for (const way of WAYS) ways[way].clear();
  }

  get unseen(): number {
    return [...this.#stations.values()].reduce((sum, ways) => sum + ways.reading.unseen + ways.polled.unseen, 0);
  }

  summary(): VisibleSummary {
    const of = (way: Way) => {
      const all = new Histogram();
      for (const ways of this.#stations.values()) all.add(ways[way].seen);
      return all.summary();
    };
    return { reading: of('reading'), latest: of('latest'), polled: of('polled'), unseen: this.unseen };
  }

  async #follow(station: string): Promise<void> {
    const { body } = await fetch(`${this.#url}/v1/stream?station=${station}`);
    if (body === null) throw new Error('the stream has no body');
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of body) {
      const now = this.#clock.monotonic();
      const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = parseEvent(block);
        if (event !== undefined) this.#arrived(event.name, event.data, now);
      }
    }
  }

  async #poll(): Promise<void> {
    for (;;) {
      const answer = await fetch(`${this.#url}/v1/latest`, { signal: AbortSignal.timeout(TIMEOUT.ms) });
      const { values } = Latest.parse(await answer.json());
      const now = this.#clock.monotonic();
      for (const value of values) this.#arrived('polled', value, now);
      await this.#clock.sleep(POLL);
    }
  }

  #arrived(way: Way, { station, observed_at }: z.infer<typeof Event>, now: number): void {
    this.#stations.get(station)?.[way].arrived(parseInstant(observed_at) ?? 0, now);
  }
}
