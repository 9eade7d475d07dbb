import type { Duration } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Gap } from '#model/registry/silence.ts';

/** When devices could be heard: what a silence is measured by. */
export interface MonitorRows {
  listening(): {
    /** Until when it is known that somebody listened; undefined before the first time. */
    readonly until: Instant | undefined;
    /** In order, without overlap. */
    readonly gaps: readonly Gap[];
  };
  noteListening(until: Instant, gap?: Gap): Promise<void>;
  /** The clock was set back to this: nobody was seen later, and no gap reaches further. */
  noteSetBack(now: Instant): Promise<void>;
  clockNotes(): readonly ClockNote[];
  /** Writes what is thought of clocks; what stands of devices that are not registered any more goes. */
  noteClocks(notes: readonly ClockNote[]): Promise<void>;
}

/** What is thought of a device's clock, as it outlives a restart. */
export interface ClockNote {
  readonly device: string;
  /** How far it is ahead; undefined where its times are refused. */
  readonly ahead: Duration | undefined;
  readonly refusedAt: Instant | undefined;
}
