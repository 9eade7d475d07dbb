import { type Duration, days, formatDuration, hours, minutes } from '#model/base/duration.ts';
import { Fault, type FaultCode } from '#model/base/fault.ts';
import { type Instant, formatInstant } from '#model/base/instant.ts';
import { hasNoClock } from '#model/payload/device-time.ts';
import type { Observation } from '#model/readings/message.ts';
import { AHEAD, EARLIEST } from '#model/readings/reading.ts';

/** The zones of Indonesia; a clock in local time without its offset is ahead by its zone. */
const ZONES = [
  { name: 'WIB', offset: hours(7) },
  { name: 'WITA', offset: hours(8) },
  { name: 'WIT', offset: hours(9) },
] as const;
/** A reading may arrive so late that it is recognised still. The next zone begins an hour further. */
const LATE = minutes(30);
type Zone = (typeof ZONES)[number];

/** GPS counts its weeks to 1,024; a receiver with old firmware is off by one or two such counts. */
const ROLLOVER = days(7 * 1_024);
const ROLLOVERS = [1, 2, -1];
/** The oldest reading that a receiver with a rollover is expected to send. */
const OLDEST_BACKLOG = days(60);

/** A time for people; one that no calendar holds is shown as the number it is. */
export const describeTime = (time: Instant): string => (Math.abs(time) <= 8.64e15 ? formatInstant(time) : String(time));

const signed = ({ ms }: Duration): string => `${ms < 0 ? '-' : ''}${formatDuration({ ms: Math.abs(ms) })}`;

/** The replay that mends refused times, as one command. */
const mend = (device: string, code: FaultCode, shift: Duration): string =>
  `klawing quarantine replay --device ${device} --code ${code} --shift ${signed(shift)}`;

/** The zone whose local time a clock shows that is so far ahead of the arrival. */
const zoneOf = (time: Instant, receivedAt: Instant): Zone | undefined =>
  ZONES.find(({ offset }) => {
    const ahead = time - receivedAt - offset.ms;
    return ahead > -LATE.ms && ahead < AHEAD.ms;
  });

const rolloverOf = (time: Instant, receivedAt: Instant): Duration | undefined => {
  const count = ROLLOVERS.find((times) => {
    const meant = time + times * ROLLOVER.ms;
    return meant > receivedAt - OLDEST_BACKLOG.ms && meant <= receivedAt + AHEAD.ms;
  });
  return count === undefined ? undefined : { ms: count * ROLLOVER.ms };
};

/** One time of a device, and when it arrived. */
interface TimeContext {
  readonly device: string;
  readonly receivedAt: Instant;
}

/** The fault of a time that is local time sent as UTC. */
const explainZone = (time: Instant, { name, offset }: Zone, { device, receivedAt }: TimeContext): Fault =>
  new Fault(
    'TIME_LOCAL_AS_UTC',
    `${describeTime(time)} arrived at ${formatInstant(receivedAt)}; it is ${name} without its offset: send UTC, or add +0${offset.ms / 3_600_000}:00. ` +
      `This replay mends what was refused: ${mend(device, 'TIME_LOCAL_AS_UTC', { ms: -offset.ms })}`,
  );

/** True for a time that a reading may have. */
export const isUsable = (time: Instant, receivedAt: Instant): boolean =>
  time >= EARLIEST && time <= receivedAt + AHEAD.ms;

/** The fault of a time that is not usable. */
export const explainTime = (time: Instant, context: TimeContext): Fault => {
  const { device, receivedAt } = context;
  const zone = zoneOf(time, receivedAt);
  if (zone !== undefined) return explainZone(time, zone, context);
  if (hasNoClock(time)) {
    return new Fault(
      'TIME_NOT_SET',
      `${describeTime(time)}; set the clock of the device (NTP, GPS) before it keeps readings; only a single reading takes the time of its arrival`,
    );
  }
  const rollover = rolloverOf(time, receivedAt);
  if (rollover !== undefined) {
    return new Fault(
      'TIME_GPS_ROLLOVER',
      `${describeTime(time)} arrived at ${formatInstant(receivedAt)}; renew the firmware of its receiver. ` +
        `This replay mends what was refused: ${mend(device, 'TIME_GPS_ROLLOVER', rollover)}`,
    );
  }
  return time < EARLIEST
    ? new Fault('TIME_BEFORE_2020', `${describeTime(time)}; set the clock of the device (NTP, GPS) before it reports`)
    : new Fault(
        'TIME_AHEAD',
        `${describeTime(time)} arrived at ${formatInstant(receivedAt)}; set the clock of the device, and send UTC or an offset`,
      );
};

/**
 * The fault of all times of a packet whose newest is local time sent as UTC. Older ones look possible, and are as wrong as the
 * newest: one clock made them all.
 */
export const localClock = (
  observations: readonly Pick<Observation, 'time'>[],
  context: TimeContext,
): Fault | undefined => {
  if (observations.length < 2) return undefined;
  let newest = Number.NEGATIVE_INFINITY;
  for (const { time } of observations) if (time !== undefined && time > newest) newest = time;
  const zone = zoneOf(newest, context.receivedAt);
  return zone === undefined ? undefined : explainZone(newest, zone, context);
};
