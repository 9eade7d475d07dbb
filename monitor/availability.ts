import type { MonitorRows } from '#storage/operations/monitor.ts';
import type { Clock } from '#model/base/clock.ts';
import { type Duration, seconds } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Gap } from '#model/registry/silence.ts';

/** How often it is written down that somebody listens: a run that is killed loses no more. */
const NOTED_EVERY = seconds(10);
/** A clock that is set back by less is corrected, and nothing comes of it. */
const SET_BACK = seconds(10);
/** Looks that may fail before it counts as a span in which nobody listened. */
const LOOKS = 2;

export interface AvailabilitySettings {
  readonly lookEvery: Duration;
  /** How long after deafness nothing is said of devices: they have to find their way back. */
  readonly settleTime: Duration;
}

/**
 * When devices could be heard: in looks at which the broker answered and acknowledged. Every longer span without one is
 * a gap, from the last good look on; after a restart, from the last one that was written down.
 */
export class Availability {
  readonly #rows: MonitorRows;
  readonly #clock: Clock;
  readonly #settings: AvailabilitySettings;
  #heardAt: Instant | undefined;
  #notedAt: Instant | undefined;
  #deafAt: number | undefined;
  #startedAt: Instant | undefined;

  constructor(rows: MonitorRows, clock: Clock, settings: AvailabilitySettings) {
    this.#rows = rows;
    this.#clock = clock;
    this.#settings = settings;
    this.#heardAt = rows.listening().until;
    this.#notedAt = this.#heardAt;
  }

  gaps(): readonly Gap[] {
    return this.#rows.listening().gaps;
  }

  /**
   * A look at which devices could be heard. A clock that leapt ahead makes a gap. One that was set back makes none, and
   * what was seen in the future counts as seen now: otherwise nobody could fall silent until that has come. What the
   * database does not take is found again by the next look.
   * @param seen when devices were heard last, as watch has it in memory
   */
  async heard(now: Instant, seen: Map<string, Instant>): Promise<void> {
    const before = this.#heardAt;
    if (before !== undefined && before - now > SET_BACK.ms) {
      await this.#rows.noteSetBack(now);
      for (const [device, at] of seen) if (at > now) seen.set(device, now);
      this.#notedAt = now;
    } else if (before !== undefined && now - before > LOOKS * this.#settings.lookEvery.ms) {
      await this.#note(now, { from: before, to: now });
    }
    this.#heardAt = now;
    if (this.#notedAt === undefined || Math.abs(now - this.#notedAt) >= NOTED_EVERY.ms) await this.#note(now);
    const started = this.#startedAt;
    if (started === undefined) return;
    await this.#note(now, { from: started, to: started });
    if (this.#startedAt === started) this.#startedAt = undefined;
  }

  /** The broker was started: whoever was connected has to come back. Written down at the next good look. */
  brokerStarted(at: Instant): void {
    this.#startedAt = at;
  }

  /** A look at which nothing could be said of devices. */
  deaf(): void {
    this.#deafAt = this.#clock.monotonic();
  }

  /** True for a while after the last look at which nothing could be said. */
  isSettling(): boolean {
    return this.#deafAt !== undefined && this.#clock.monotonic() - this.#deafAt < this.#settings.settleTime.ms;
  }

  /** Writes down the last look, so that a restart is counted from there. */
  async stop(): Promise<void> {
    if (this.#heardAt !== undefined && this.#heardAt !== this.#notedAt) await this.#note(this.#heardAt);
  }

  async #note(until: Instant, gap?: Gap): Promise<void> {
    await this.#rows.noteListening(until, gap);
    this.#notedAt = until;
  }
}
