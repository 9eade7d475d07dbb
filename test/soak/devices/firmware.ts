import type { Random } from '#firmware-sim/random.ts';
import { days, hours, minutes, seconds } from '#model/base/duration.ts';
import type { FaultCode } from '#model/base/fault.ts';
import { formatInstant, type Instant } from '#model/base/instant.ts';
import type { LinkOptions } from './link.ts';

/** A reading before it is sent. Without `said` it has the time of its arrival. */
export interface Draft {
  readonly property: string;
  readonly value: number;
  /** Its time by the clock of the device, and the time that this clock can tell apart. */
  readonly said?: { readonly time: Instant; readonly resolution: number };
}

export interface Message {
  readonly payload: string;
  /** Readings that must be stored, at once or after the replay of the firmware. */
  readonly readings: readonly Draft[];
  /** Number of readings that must be refused first; none when absent. */
  readonly refused?: number;
}

/** Program of a device at work. */
export interface Program {
  /** The next message, of this moment. */
  next(now: Instant): Message;
  /** The device has restarted. */
  reboot(): void;
}

/** Firmware with a fault that is common in the field. */
export interface Firmware {
  readonly name: string;
  readonly family: 'air' | 'weather';
  /** `one-shot`: connects, publishes and closes at once with this QoS. `post`: HTTP. */
  readonly way: LinkOptions | { readonly oneShot: 0 | 1 } | 'post';
  /** Fault under which its readings are refused, and the shift of the replay that stores them; without a shift they stay refused. */
  readonly refused?: { readonly code: FaultCode; readonly shift?: string };
  begin(random: Random): Program;
}

const SECOND = seconds(1).ms;
const GPS_ROLLOVER = days(7 * 1_024);
const WIB = hours(7);
/** The clock of a device is ahead by less than what is refused. */
const MOST_AHEAD = minutes(3);
/** A time of now in seconds, in 32 bits, has this resolution. */
const FLOAT_SECONDS = 128;

const IN_SESSION: LinkOptions = { again: 'in its session' };
const AS_NEW: LinkOptions = { again: 'as a new packet' };

const wholeSeconds = (time: Instant): Instant => Math.floor(time / SECOND) * SECOND;

/** Values that are each another, so that a reading is found again by its value. */
const makeValues = (): (() => number) => {
  let count = 0;
  return () => {
    count += 1;
    return count / 4;
  };
};

const always = (next: (now: Instant) => Message): Program => ({ next, reboot: () => undefined });

/** A message of one reading with the time that its clock says. */
const dated = (
  value: number,
  said: { readonly time: Instant; readonly resolution: number },
  members: Readonly<Record<string, unknown>>,
): Message => ({
  payload: JSON.stringify({ ...members, values: { pm2_5: value } }),
  readings: [{ property: 'pm2_5', value, said }],
});

/** Counts its readings from 0 after each start, and knows no time. */
const restartingCounter = (): Program => {
  const value = makeValues();
  let id = 0;
  return {
    next: () => {
      const reading = { property: 'pm2_5', value: value() };
      const payload = JSON.stringify({ id, pm2_5: reading.value });
      id += 1;
      return { payload, readings: [reading] };
    },
    reboot: () => {
      id = 0;
    },
  };
};

/** Its clock runs ahead and is set back at a start; it counts its readings without end. */
const steppingClock = (random: Random): Program => {
  const value = makeValues();
  let ahead = 0;
  let id = 0;
  return {
    next: (now) => {
      const time = now + ahead;
      id += 1;
      return dated(
        value(),
        { time, resolution: SECOND },
        { time: formatInstant(wholeSeconds(time)).replace('.000', ''), id },
      );
    },
    reboot: () => {
      ahead = ahead > 0 ? 0 : random.next() * MOST_AHEAD.ms;
    },
  };
};

/** Sets DUP on everything, and sends each value twice in a row, which is two readings. */
const dupFirst = (): Program => {
  let count = 0;
  return always(() => {
    count += 1;
    const value = Math.ceil(count / 2) / 4;
    return { payload: JSON.stringify({ pm2_5: value }), readings: [{ property: 'pm2_5', value }] };
  });
};

const untimed = (): Program => {
  const value = makeValues();
  return always(() => {
    const reading = { property: 'pm2_5', value: value() };
    return { payload: JSON.stringify({ pm2_5: reading.value }), readings: [reading] };
  });
};

/** Two readings never have one millisecond, so that they need no id. */
const timed = (): Program => {
  const value = makeValues();
  let time = 0;
  return always((now) => {
    time = Math.max(now, time + 1);
    return dated(value(), { time, resolution: 1 }, { time: formatInstant(time) });
  });
};

/** Keeps its time in a float of 32 bits, and counts its readings. */
const foldedEpoch = (): Program => {
  const value = makeValues();
  let id = 0;
  return always((time) => {
    id += 1;
    const said = { time, resolution: FLOAT_SECONDS * SECOND };
    return dated(value(), said, { ts: Math.fround(time / SECOND), id: `${id}` });
  });
};

/** Knows the minute and no more, and counts its readings beyond the numbers that a double tells apart. */
const coarseMinutes = (): Program => {
  const value = makeValues();
  let id = 2n ** 53n;
  return always((time) => {
    id += 1n;
    const reading = { property: 'pm2_5', value: value(), said: { time, resolution: minutes(1).ms } };
    const minute = formatInstant(Math.floor(time / minutes(1).ms) * minutes(1).ms);
    return { payload: `{"time":"${minute}","id":${id},"values":{"pm2_5":${reading.value}}}`, readings: [reading] };
  });
};

/** Writes one name twice with two values: neither can be believed. */
const duplicateMembers = (): Program => {
  const value = makeValues();
  let time = 0;
  return always((now) => {
    time = Math.max(now, time + 1);
    const [first, second, sibling] = [value(), value(), value()];
    return {
      payload: `{"time":"${formatInstant(time)}","values":{"pm2_5":${first},"pm10":${sibling},"pm2_5":${second}}}`,
      readings: [{ property: 'pm10', value: sibling, said: { time, resolution: 1 } }],
      refused: 2,
    };
  });
};

/** Sends local time as UTC, alone or as a backlog of some readings a few seconds apart. */
const localAsUtc = (random: Random): Program => {
  const value = makeValues();
  let id = 0;
  return always((now) => {
    const count = random.chance(0.5) ? 1 : 4;
    const readings = Array.from({ length: count }, (_, i) => ({
      property: 'pm2_5',
      value: value(),
      said: { time: now - (count - 1 - i) * seconds(20).ms, resolution: SECOND },
    }));
    const written = readings.map(({ value: pm2_5, said }) => {
      id += 1;
      return { time: formatInstant(wholeSeconds(said.time + WIB.ms)), id, pm2_5 };
    });
    return { payload: JSON.stringify(count === 1 ? written[0] : written), readings, refused: count };
  });
};

/** Its receiver miscounts the weeks of GPS. */
const gpsRollover = (): Program => {
  const value = makeValues();
  let id = 0;
  return always((time) => {
    id += 1;
    const said = { time, resolution: SECOND };
    const shown = formatInstant(wholeSeconds(time - GPS_ROLLOVER.ms));
    return { ...dated(value(), said, { time: shown, id }), refused: 1 };
  });
};

/** Has no clock, and says so in several ways. */
const noClock = (): Program => {
  const value = makeValues();
  const times = ['1970-01-01T00:00:12Z', 0, '', '2000-01-01T00:00:05Z', 12.5];
  let count = 0;
  return always(() => {
    const reading = { property: 'pm2_5', value: value() };
    const payload = JSON.stringify({ time: times[count % times.length], pm2_5: reading.value });
    count += 1;
    return { payload, readings: [reading] };
  });
};

/** A bucket that tips several times a second: all amounts are equal. */
const bucketTips = (): Program => {
  let id = 0;
  return always((time) => {
    id += 1;
    const reading = { property: 'rainfall', value: 0.2, said: { time, resolution: SECOND } };
    const payload = JSON.stringify({ time: Math.floor(time / SECOND), id, rainfall: 0.2 });
    return { payload, readings: [reading] };
  });
};

/** The fleet: one device of each. A new kind of firmware is one entry here. */
export const FIRMWARE: readonly Firmware[] = [
  { name: 'restarting-counter', family: 'air', way: AS_NEW, begin: restartingCounter },
  { name: 'stepping-clock', family: 'air', way: AS_NEW, begin: steppingClock },
  { name: 'dup-first', family: 'air', way: { ...IN_SESSION, isDupFirst: true }, begin: dupFirst },
  { name: 'one-shot-0', family: 'air', way: { oneShot: 0 }, begin: untimed },
  { name: 'one-shot-1', family: 'air', way: { oneShot: 1 }, begin: timed },
  { name: 'folded-epoch', family: 'air', way: AS_NEW, begin: foldedEpoch },
  { name: 'coarse-minutes', family: 'air', way: AS_NEW, begin: coarseMinutes },
  { name: 'no-clock', family: 'air', way: IN_SESSION, begin: noClock },
  { name: 'bucket-tips', family: 'weather', way: AS_NEW, begin: bucketTips },
  { name: 'poster', family: 'air', way: 'post', begin: restartingCounter },
  {
    name: 'duplicate-members',
    family: 'air',
    way: AS_NEW,
    refused: { code: 'NAME_TWICE' },
    begin: duplicateMembers,
  },
  {
    name: 'local-as-utc',
    family: 'air',
    way: AS_NEW,
    refused: { code: 'TIME_LOCAL_AS_UTC', shift: '-7h' },
    begin: localAsUtc,
  },
  {
    name: 'gps-rollover',
    family: 'air',
    way: AS_NEW,
    refused: { code: 'TIME_GPS_ROLLOVER', shift: '7168d' },
    begin: gpsRollover,
  },
];
