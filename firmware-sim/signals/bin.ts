import type { Instant } from '#model/base/instant.ts';
import { HOUR_MS, localDay, localHour, startOfLocalDay } from '#firmware-sim/calendar.ts';
import { createChunks } from '#firmware-sim/chunks.ts';
import { gauss, keyOf, uniform } from '#firmware-sim/random.ts';

/** Use of a bin (station attribute `use`). */
export type BinUse = 'market' | 'park' | 'depot';

export interface Bin {
  /** Contents as a share of the capacity, 0 to 1. */
  fill(at: Instant): number;
}

export interface BinShape {
  readonly use: BinUse;
  /** Litres. */
  readonly capacity: number;
}

/** Mean volume of a deposit, L; its coefficient of variation is 1. */
const DEPOSIT_LITRES = 3;
/** Share of the capacity thrown in on a weekday, on average. */
const FILL_A_DAY: Readonly<Record<BinUse, number>> = { market: 0.75, park: 0.45, depot: 0.6 };
/** Days from one planned emptying to the next, at 05:00. */
const EMPTIED_EVERY: Readonly<Record<BinUse, number>> = { market: 1, park: 2, depot: 1 };
const EMPTIED_AT_HOUR = 5;
const MISSED_CHANCE = 0.1;
const LONGEST_WITHOUT = 40;
/** A bin this full is emptied out of turn, hours after it was seen. */
const CALLED_AT = 0.9;
const SETTLES_PER_HOUR = 0.005;
const SETTLES_TO = 0.9;

const bump = (hour: number, peak: number, width: number): number => Math.exp(-0.5 * ((hour - peak) / width) ** 2);

const USE_BY_HOUR: Readonly<Record<BinUse, (hour: number) => number>> = {
  market: (hour) => 0.05 + 2 * bump(hour, 9.5, 1.5),
  park: (hour) => 0.05 + bump(hour, 7, 1.5) + 1.6 * bump(hour, 17, 2),
  depot: (hour) => 0.1 + bump(hour, 8, 2) + bump(hour, 14, 2),
};

/** Expected deposits in an hour of the local day; half as many again at weekends in the park. */
export const depositsIn = ({ use, capacity }: BinShape, day: number, hour: number): number => {
  const byHour = USE_BY_HOUR[use];
  const all = Array.from({ length: 24 }, (_, h) => byHour(h + 0.5)).reduce((a, b) => a + b, 0);
  // 1970-01-01 was a Thursday
  const isWeekend = (day + 4) % 7 === 0 || (day + 4) % 7 === 6;
  const weekday = isWeekend && use === 'park' ? 1.5 : 1;
  return (((FILL_A_DAY[use] * capacity) / DEPOSIT_LITRES) * weekday * byHour(hour + 0.5)) / all;
};

/** A Poisson number drawn from uniform ones (Knuth), for expectations of some tens at most. */
const poisson = (key: number, n: number, expected: number): number => {
  const limit = Math.exp(-expected);
  let product = 1;
  for (let count = 0; ; count += 1) {
    product *= uniform(key, n * 1_024 + count);
    if (product < limit) return count;
  }
};

/** Log-normal with mean 3 L and a coefficient of variation of 1. */
const LOG_SIGMA = Math.sqrt(Math.log(2));
const depositLitres = (key: number, n: number): number =>
  DEPOSIT_LITRES * Math.exp(LOG_SIGMA * gauss(key, n) - (LOG_SIGMA * LOG_SIGMA) / 2);

interface Contents {
  /** Litres as they lie, after settling. */
  readonly level: number;
  /** Litres as they were thrown in. */
  readonly thrown: number;
}

const EMPTY: Contents = { level: 0, thrown: 0 };

/** The contents of one bin: a compound Poisson process with emptying and settling. */
export const createBin = (seed: number, device: string, shape: BinShape): Bin => {
  const key = keyOf(seed, device, 'bin');
  const { capacity, use } = shape;
  const every = EMPTIED_EVERY[use];

  const isEmptied = (day: number): boolean => day % every === 0 && uniform(key + 1, day) >= MISSED_CHANCE;
  /** Litres thrown in within an hour of the day, up to a share of it. */
  const thrownIn = (day: number, hour: number, share: number): number => {
    const n = day * 24 + hour;
    const count = poisson(key + 2, n, depositsIn(shape, day, hour));
    let litres = 0;
    for (let i = 0; i < count; i += 1) {
      if (uniform(key + 3, n * 1_024 + i) < share) litres += depositLitres(key + 4, n * 1_024 + i);
    }
    return litres;
  };
  /** Contents of the bin after an hour, or a share of one, that began with `before`. */
  const pass = (before: Contents, day: number, hour: number, share: number): Contents => {
    const isCalled = before.level >= CALLED_AT * capacity && uniform(key + 5, day * 24 + hour) < 0.3;
    const kept = isCalled || (hour === EMPTIED_AT_HOUR && isEmptied(day)) ? EMPTY : before;
    const litres = thrownIn(day, hour, share);
    const thrown = kept.thrown + litres;
    const settled = kept.level * (1 - SETTLES_PER_HOUR * share);
    return {
      thrown,
      level: Math.min(capacity, Math.max(settled, Math.min(kept.level, kept.thrown * SETTLES_TO)) + litres),
    };
  };
  const lastEmptied = (before: number): number => {
    for (let day = before - 1; day > before - LONGEST_WITHOUT; day -= 1) if (isEmptied(day)) return day;
    return before - LONGEST_WITHOUT;
  };
  /** The contents at the start of each hour of a local day, computed from the last planned emptying on. */
  const hoursOf = createChunks((day) => {
    const first = lastEmptied(day);
    const hoursBefore: Contents[] = [];
    let contents = EMPTY;
    for (let n = first * 24 + EMPTIED_AT_HOUR; n < (day + 1) * 24; n += 1) {
      if (n >= day * 24) hoursBefore.push(contents);
      contents = pass(contents, Math.floor(n / 24), ((n % 24) + 24) % 24, 1);
    }
    return hoursBefore;
  }, 2);

  return {
    fill(at) {
      const day = localDay(at);
      const hour = Math.floor(localHour(at));
      const share = (at - startOfLocalDay(day) - hour * HOUR_MS) / HOUR_MS;
      return pass(hoursOf(day)[hour] ?? EMPTY, day, hour, share).level / capacity;
    },
  };
};
