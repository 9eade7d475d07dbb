import { type Duration, milliseconds } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';

/** Reports in a row that must be missing before a device counts as silent. */
const MISSED_REPORTS = 3;

/**
 * A time in which no device could be heard, because the service or its broker was not running. A window without a length is
 * a start of the broker.
 */
export interface OutageWindow {
  readonly from: Instant;
  readonly to: Instant;
}

/** Expected reports of a device, from its registration. */
export interface ReportPace {
  /** Expected time between two reports. */
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
 * Time for which a device may be silent: three reports and the grace, or the time that its registration allows. A gap in its values
 * that is longer is an outage.
 */
export const silenceLimit = ({ every, silentAfter }: ReportPace, grace: Duration): Duration =>
  silentAfter ?? milliseconds(every.ms * MISSED_REPORTS + grace.ms);

/** The time at which devices could be heard for so long since an instant; outages, which are in order and do not overlap, do not count. */
const afterAvailable = (from: Instant, span: number, outages: readonly OutageWindow[]): Instant => {
  let at = from + span;
  for (const outage of outages) {
    if (outage.to <= from) continue;
    if (outage.from >= at) break;
    at += outage.to - Math.max(outage.from, from);
  }
  return at;
};

/** The same, with at least so much time again after each outage; an outage that begins after the time is over changes nothing. */
const afterReturning = (from: Instant, span: number, outages: readonly OutageWindow[], again: number): Instant => {
  let at = from + span;
  for (const outage of outages) {
    if (outage.to <= from) continue;
    if (outage.from >= at) break;
    at = Math.max(at + outage.to - Math.max(outage.from, from), outage.to + again);
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
  outages: readonly OutageWindow[] = [],
): Instant | undefined => {
  const allowed = silenceLimit(device, grace).ms;
  const from = device.lastSeen ?? device.from;
  const due = Math.min(
    afterReturning(from, allowed, outages, device.every.ms + grace.ms),
    afterAvailable(from, 2 * allowed, outages),
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
