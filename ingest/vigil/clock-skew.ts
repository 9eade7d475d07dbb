import type { Settled } from '#ingest/batch.ts';
import type { FaultCode } from '#model/fault.ts';
import { type Duration, minutes, seconds } from '#model/duration.ts';
import type { Instant } from '#model/instant.ts';

/** Packets of a device from which its clock is judged: the one that came quickest tells most. */
const WINDOW = 20;
/** Fewer say nothing. */
const LEAST = 5;
const AHEAD_ALLOWED: Duration = minutes(1);
/** Devices average, buffer and retry; only what is always late is a clock. */
const BEHIND_ALLOWED: Duration = minutes(15);

const OF_CLOCKS: ReadonlySet<FaultCode> = new Set(['TIME_AHEAD', 'TIME_BEFORE_2020']);

/** What is thought of a device's clock. */
export interface ClockSkew {
  /** How far it is ahead of ours; negative when it is behind. Of a clock whose times are refused, unknown. */
  readonly ahead: Duration | undefined;
  readonly isWrong: boolean;
  /** When its times were refused last, where they were. */
  readonly refusedAt: Instant | undefined;
}

interface Watched {
  /** Arrival minus newest observation, in ms, of the last packets. */
  readonly delays: number[];
  refusedAt: Instant | undefined;
}

/**
 * Estimates how far the clocks of devices are off, from device time against arrival. A transport only delays, so the
 * smallest delay of many packets is the nearest to the truth; a backlog ends with quick ones and moves nothing.
 */
export class ClockSkews {
  readonly #watched = new Map<string, Watched>();

  /** Takes the packets of a batch into account. Only registered devices get this far, so there are not more than those. */
  note(batch: readonly Settled[]): void {
    for (const { entry, observations, refused } of batch) {
      const isRefused = refused.some(({ fault }) => OF_CLOCKS.has(fault.code));
      if (isRefused) this.#of(entry.sender).refusedAt = entry.receivedAt;
      let newest = Number.NEGATIVE_INFINITY;
      for (const { readings } of observations) {
        const [first] = readings;
        if (first?.timedBy === 'device') newest = Math.max(newest, first.observedAt);
      }
      if (newest === Number.NEGATIVE_INFINITY) continue;
      const watched = this.#of(entry.sender);
      if (!isRefused) watched.refusedAt = undefined;
      watched.delays.push(entry.receivedAt - newest);
      if (watched.delays.length > WINDOW) watched.delays.shift();
    }
  }

  /** Undefined while too little is known. */
  of(device: string, every: Duration): ClockSkew | undefined {
    const watched = this.#watched.get(device);
    if (watched === undefined) return undefined;
    const { delays, refusedAt } = watched;
    if (refusedAt !== undefined) return { ahead: undefined, isWrong: true, refusedAt };
    if (delays.length < LEAST) return undefined;
    const ahead = -Math.min(...delays);
    const isWrong = ahead > AHEAD_ALLOWED.ms || -ahead > BEHIND_ALLOWED.ms + every.ms;
    return { ahead: seconds(Math.round(ahead / 1_000)), isWrong, refusedAt };
  }

  #of(device: string): Watched {
    let watched = this.#watched.get(device);
    if (watched === undefined) this.#watched.set(device, (watched = { delays: [], refusedAt: undefined }));
    return watched;
  }
}
