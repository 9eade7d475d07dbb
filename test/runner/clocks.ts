import { days, hours, seconds } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';
import { faketime, offsetOf } from '#test/support/clocks/faketime.ts';

/** A clock or a time zone under which tests must pass as they do under those of the machine. */
export interface TestClock {
  readonly name: string;
  readonly summary: string;
  /** Where the clock stands when a run begins; undefined where only the zone differs. */
  readonly beginAt?: (now: Instant) => Instant;
  /** Zone of the processes; that of the machine where there is none. */
  readonly zone?: string;
}

const WIB_AHEAD = hours(7).ms;
const DAY = days(1).ms;

/** 23:59:30 of the day that it is in WIB: tests that begin before midnight end after it. */
const beforeMidnight = (now: Instant): Instant =>
  (Math.floor((now + WIB_AHEAD) / DAY) + 1) * DAY - WIB_AHEAD - seconds(30).ms;

const zone = (name: string, place: string, offset: string): TestClock => ({
  name,
  summary: `the zone of ${place}, ${offset}`,
  zone: place,
});

export const TEST_CLOCKS: readonly TestClock[] = [
  { name: 'three-days-ahead', summary: 'three days from now', beginAt: (now) => now + days(3).ms },
  { name: 'year-ahead', summary: 'a year from now', beginAt: (now) => now + days(365).ms },
  { name: 'year-behind', summary: 'a year ago', beginAt: (now) => now - days(365).ms },
  { name: 'leap-day', summary: 'noon in WIB on 29 February 2028', beginAt: () => Date.UTC(2028, 1, 29, 5) },
  { name: 'before-midnight', summary: '23:59:30 in WIB', beginAt: beforeMidnight },
  zone('los-angeles', 'America/Los_Angeles', 'behind UTC, with daylight saving'),
  zone('jakarta', 'Asia/Jakarta', 'WIB'),
  zone('kiritimati', 'Pacific/Kiritimati', '14 h ahead of UTC'),
];

/** Environment of a run under this clock that begins now. */
export const environmentOf = ({ beginAt, zone: place }: TestClock, now: Instant): Readonly<Record<string, string>> => ({
  ...(beginAt === undefined ? {} : faketime({ FAKETIME: offsetOf({ ms: beginAt(now) - now }) })),
  ...(place === undefined ? {} : { TZ: place }),
});
