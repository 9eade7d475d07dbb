import { type Duration, milliseconds } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';

/** How many reports in a row must be missing before a device counts as silent. */
const MISSED_REPORTS = 3;

/**
 * A span in which nobody could have been heard: the service, or its broker, was not running. One of no length is a
 * start of the broker.
 */
export interface Gap {
  readonly from: Instant;
  readonly to: Instant;
}

/** What a device's registration says about its reports. */
export interface ReportPace {
  /** How often the device is expected to report. */
  readonly every: Duration;
  /** Silence that is allowed to this device, in place of three reports: for one that sleeps to save its battery. */
  readonly silentAfter?: Duration | undefined;
}

export interface Expected extends ReportPace {
  /** From when on it is expected: its registration, or its assignment to a station when that is later. */
  readonly from: Instant;
  /** Its last sign of life; undefined when it never spoke. */
  readonly lastSeen: Instant | undefined;
}

/**
 * How long a device may say nothing: three reports and the grace, or what its registration allows. A gap in its values
 * that is longer is an outage.
 */
export const silenceLimit = ({ every, silentAfter }: ReportPace, grace: Duration): Duration =>
  silentAfter ?? milliseconds(every.ms * MISSED_REPORTS + grace.ms);

/** When so much time has been listened to from an instant on; gaps do not count. They are in order and do not overlap. */
const afterListening = (from: Instant, span: number, gaps: readonly Gap[]): Instant => {
  let at = from + span;
  for (const gap of gaps) {
    if (gap.to <= from) continue;
    if (gap.from >= at) break;
    at += gap.to - Math.max(gap.from, from);
  }
  return at;
};

/** The same, and after every gap at least so much again; a gap that begins when the time is over changes nothing. */
const afterReturning = (from: Instant, span: number, gaps: readonly Gap[], again: number): Instant => {
  let at = from + span;
  for (const gap of gaps) {
    if (gap.to <= from) continue;
    if (gap.from >= at) break;
    at = Math.max(at + gap.to - Math.max(gap.from, from), gap.to + again);
  }
  return at;
};

/**
 * Since when a device is silent, or undefined while it is not: three reports (or what its registration allows) and the
 * grace after it was last seen, or after it was first expected when it never spoke. Gaps do not count, and after each a
 * device has one report and the grace to come back, but never more than twice its time altogether: a broker that is
 * started again and again hides nobody. Presence and the age of a value are other things.
 */
export const silentSince = (
  device: Expected,
  now: Instant,
  grace: Duration,
  gaps: readonly Gap[] = [],
): Instant | undefined => {
  const allowed = silenceLimit(device, grace).ms;
  const from = device.lastSeen ?? device.from;
  const due = Math.min(
    afterReturning(from, allowed, gaps, device.every.ms + grace.ms),
    afterListening(from, 2 * allowed, gaps),
  );
  return now > due ? due : undefined;
};

export const SILENCE_CAUSES = ['device-offline', 'gateway-offline', 'connected', 'never-heard', 'unknown'] as const;
/**
 * Why a device is silent: its connection, or that of its gateway, is gone; it is connected and says nothing; it was never
 * heard at all; or nothing is known of its connection since the broker was started.
 */
export type SilenceCause = (typeof SILENCE_CAUSES)[number];

/** The cause of a silence, from what is known of the connections of the device and of its gateway. */
export const silenceCause = ({
  lastSeen,
  presence,
  gateway,
}: {
  readonly lastSeen: Instant | undefined;
  readonly presence: 'online' | 'offline' | 'unknown';
  /** Undefined for a device that connects by itself. */
  readonly gateway: 'online' | 'offline' | 'unknown' | undefined;
}): SilenceCause => {
  if (gateway === 'offline') return 'gateway-offline';
  if (lastSeen === undefined) return 'never-heard';
  if (gateway === undefined && presence === 'offline') return 'device-offline';
  return (gateway ?? presence) === 'online' ? 'connected' : 'unknown';
};
