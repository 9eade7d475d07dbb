import type { Random } from '#firmware-sim/random.ts';
import { formatInstant, type Instant } from '#model/base/instant.ts';

export interface LoadReading {
  readonly property: string;
  readonly time: Instant;
  readonly value: number;
}

/** A packet of readings, with what must come of it. */
export interface LoadMessage {
  readonly device: string;
  readonly payload: string;
  /** Readings of it that must be stored, unless a later revision replaces them. */
  readonly readings: readonly LoadReading[];
  /** Last step of the place that must be refused, another in every message; undefined when nothing is to be. */
  readonly refused: string | undefined;
}

/** Packets of one device, without end: in order, late, twice, revised, in arrays, partly and wholly refused. */
export interface Load {
  next(): LoadMessage;
  /** Told of every message that was acknowledged: only such are sent again or revised. */
  acknowledged(message: LoadMessage): void;
}

/** Half a second between readings, from a day ago on: 170,000 of them until now. */
const STEP_MS = 500;
const SPAN_MS = 86_400_000;
/** Acknowledged messages that may still be sent twice or revised. */
const POOL = 200;

export const makeLoad = (device: string, now: Instant, random: Random): Load => {
  const start = now - SPAN_MS;
  const held: Instant[] = [];
  const pool: LoadMessage[] = [];
  let slot = 0;
  let count = 0;

  const nextTime = (): Instant => {
    slot += 1;
    if (random.chance(0.1)) {
      held.push(start + slot * STEP_MS);
      slot += 1;
    }
    return start + slot * STEP_MS;
  };

  /** Every value is another, so that one that ends in a wrong place is seen. */
  const nextValue = (): number => {
    count += 1;
    return count / 4;
  };

  const readingsAt = (time: Instant): readonly LoadReading[] =>
    ['pm2_5', 'pm10'].map((property) => ({ property, time, value: nextValue() }));

  const write = (time: Instant, readings: readonly LoadReading[], more: Readonly<Record<string, unknown>> = {}) => ({
    time: formatInstant(time),
    values: { ...Object.fromEntries(readings.map(({ property, value }) => [property, value])), ...more },
  });

  const plain = (time: Instant): LoadMessage => {
    const readings = readingsAt(time);
    return { device, payload: JSON.stringify(write(time, readings)), readings, refused: undefined };
  };

  const takeOld = (): LoadMessage | undefined => pool.splice(Math.floor(random.next() * pool.length), 1)[0];

  const revise = ({ readings }: LoadMessage): LoadMessage => {
    const [first] = readings;
    if (first === undefined) return plain(nextTime());
    const revised = { ...first, value: nextValue() };
    return { device, payload: JSON.stringify(write(first.time, [revised])), readings: [revised], refused: undefined };
  };

  const backlog = (): LoadMessage => {
    const batches = Array.from({ length: 2 + Math.floor(random.next() * 8) }, () => readingsAt(nextTime()));
    const payload = JSON.stringify(
      batches
        .toReversed()
        .flatMap((readings) => (readings[0] === undefined ? [] : [write(readings[0].time, readings)])),
    );
    return { device, payload, readings: batches.flat(), refused: undefined };
  };

  const partlyRefused = (): LoadMessage => {
    const time = nextTime();
    const readings = readingsAt(time);
    const refused = `unknown_${count}_${device}`;
    return { device, payload: JSON.stringify(write(time, readings, { [refused]: 1 })), readings, refused };
  };

  const whollyRefused = (): LoadMessage => {
    count += 1;
    const refused = `text_${count}_${device}`;
    return { device, payload: JSON.stringify({ values: { [refused]: 'seven' } }), readings: [], refused };
  };

  const next = (): LoadMessage => {
    const dice = random.next();
    if (dice < 0.06) return plain(held.shift() ?? nextTime());
    if (dice < 0.1) return takeOld() ?? plain(nextTime());
    if (dice < 0.14) return revise(takeOld() ?? plain(nextTime()));
    if (dice < 0.18) return backlog();
    if (dice < 0.2) return partlyRefused();
    if (dice < 0.22) return whollyRefused();
    return plain(nextTime());
  };

  return {
    next,
    acknowledged: (message) => {
      if (message.refused === undefined && pool.length < POOL && random.chance(0.3)) pool.push(message);
    },
  };
};
