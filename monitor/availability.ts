import type { MonitorRows } from '#storage/operations/monitor.ts';
import type { Clock } from '#model/base/clock.ts';
import { type Duration, seconds } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';
import type { OutageWindow } from '#model/registry/silence.ts';

/** Interval at which the time of the last good probe is written; a killed process loses no more than this. */
const WRITE_INTERVAL = seconds(10);
/** A clock that is set back by less than this is corrected without consequences. */
const SET_BACK = seconds(10);
/** Probes that may fail before the time counts as an outage. */
const FAILED_PROBES = 2;

export interface AvailabilitySettings {
  readonly probeEvery: Duration;
  /** Time after an outage in which no device counts as silent, so that devices can connect again. */
  readonly settleTime: Duration;
}

/**
 * The times at which devices can be heard: those of probes at which the broker answered and acknowledged. A longer time
 * without a good probe is an outage, which begins at the last good probe; after a restart, at the last one that was written.
 */
export class Availability {
  readonly #rows: MonitorRows;
  readonly #clock: Clock;
  readonly #settings: AvailabilitySettings;
  #reachableAt: Instant | undefined;
  #writtenAt: Instant | undefined;
  #unreachableAt: number | undefined;
  #startedAt: Instant | undefined;

  constructor(rows: MonitorRows, clock: Clock, settings: AvailabilitySettings) {
    this.#rows = rows;
    this.#clock = clock;
    this.#settings = settings;
    this.#reachableAt = rows.availability().until;
    this.#writtenAt = this.#reachableAt;
  }

  outages(): readonly OutageWindow[] {
    return this.#rows.availability().outages;
  }

  /**
   * Records a probe at which devices could be heard. A clock that jumps ahead makes an outage. A clock that is set back
   * makes none, and times in the future become the present: otherwise no device could become silent until then. The next
   * probe repeats a write that the database refused.
   * @param seen last sign of life of each device, in the memory of the alerting reader
   */
  async noteReachable(now: Instant, seen: Map<string, Instant>): Promise<void> {
    const before = this.#reachableAt;
    if (before !== undefined && before - now > SET_BACK.ms) {
      await this.#rows.noteSetBack(now);
      for (const [device, at] of seen) if (at > now) seen.set(device, now);
      this.#writtenAt = now;
    } else if (before !== undefined && now - before > FAILED_PROBES * this.#settings.probeEvery.ms) {
      await this.#write(now, { from: before, to: now });
    }
    this.#reachableAt = now;
    if (this.#writtenAt === undefined || Math.abs(now - this.#writtenAt) >= WRITE_INTERVAL.ms) await this.#write(now);
    const started = this.#startedAt;
    if (started === undefined) return;
    await this.#write(now, { from: started, to: started });
    if (this.#startedAt === started) this.#startedAt = undefined;
  }

  /** The broker was started: all devices have to connect again. Written by the next good probe. */
  brokerStarted(at: Instant): void {
    this.#startedAt = at;
  }

  /** Records a probe at which devices could not be heard. */
  noteUnreachable(): void {
    this.#unreachableAt = this.#clock.monotonic();
  }

  /** True during an outage, and for the settle time after it. */
  isSettling(): boolean {
    return (
      this.#unreachableAt !== undefined && this.#clock.monotonic() - this.#unreachableAt < this.#settings.settleTime.ms
    );
  }

  /** Writes the time of the last good probe, from which the next run measures its outage. */
  async stop(): Promise<void> {
    if (this.#reachableAt !== undefined && this.#reachableAt !== this.#writtenAt) await this.#write(this.#reachableAt);
  }

  async #write(until: Instant, outage?: OutageWindow): Promise<void> {
    await this.#rows.noteAvailability(until, outage);
    this.#writtenAt = until;
  }
}
