import { z } from 'zod';
import { DurationMember, InstantMember } from '#model/base/document.ts';
import type { Instant } from '#model/base/instant.ts';
import type { OutageWindow } from '#model/registry/silence.ts';

/** The times at which devices could be heard, by which silence is measured, and the clocks of devices. */
export interface MonitorRows {
  availability(): {
    /** The last time at which devices could be heard; undefined before the first. */
    readonly until: Instant | undefined;
    /** In order, without overlap. */
    readonly outages: readonly OutageWindow[];
  };
  noteAvailability(until: Instant, outage?: OutageWindow): Promise<void>;
  /** The clock was set back to this time: later times of devices and windows are cut to it. */
  noteSetBack(now: Instant): Promise<void>;
  clockNotes(): readonly ClockNote[];
  /** Writes the state of device clocks, and deletes that of devices that are not registered any more. */
  noteClocks(notes: readonly ClockNote[]): Promise<void>;
}

/** The state of a device's clock, which outlives a restart. */
export const ClockNote = z.object({
  device: z.string(),
  /** Time by which it is ahead; undefined where its times are refused. */
  ahead: DurationMember.optional(),
  refusedAt: InstantMember.optional(),
});
export type ClockNote = Readonly<z.infer<typeof ClockNote>>;
