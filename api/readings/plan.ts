import { days, type Duration, formatDuration, hours, minutes } from '#model/base/duration.ts';
import { familyNamed } from '#model/families/index.ts';
import type { Family, Property } from '#model/readings/family.ts';
import { Fault } from '#model/base/fault.ts';
import { formatInstant, type Instant, WIB } from '#model/base/instant.ts';
import type { Station } from '#model/registry/station.ts';
import type { WindowsQuery } from '#storage/readings/read-windows.ts';
import type { Aggregate, ReadingQuery } from '#storage/readings/store.ts';
import type { ReadingsQuery } from './schema.ts';

/** Query for the store: raw readings, or windows of them. */
export type ReadingsPlan =
  | { readonly kind: 'raw'; readonly query: ReadingQuery }
  | { readonly kind: 'windows'; readonly query: WindowsQuery };

/** Default length of the span. */
const USUAL_SPAN = days(1);

/** Most time that a reading may lie ahead of now: the default of `to` includes it. */
const AHEAD = minutes(10);

const HOUR = hours(1);
const DAY_MS = days(1).ms;
const MIDNIGHT = '00:00';
/** The rain day of BMKG runs from 07:00 to 07:00 WIB, which is the day of UTC. */
const RAIN_DAY = '07:00';
const LONGEST_ROLLING = days(31);

/** Most windows of one request, for each device. */
const MOST_WINDOWS = 100_000;

/**
 * Turns the parameters into a query.
 * @throws Fault `REQUEST_INVALID` for parameters that do not fit each other, `PROPERTY_UNKNOWN`
 */
// oxlint-disable-next-line complexity, max-lines-per-function -- one condition for each parameter and its default
export const planReadings = (station: Station, asked: ReadingsQuery, now: Instant): ReadingsPlan => {
  const family = familyNamed(station.family);
  if (family === undefined)
    throw new Fault('NOT_FOUND', `station ${station.id} is of the unknown family ${station.family}`);
  const { property } = asked;
  if (property !== undefined) checkProperty(family, property);
  const from = asked.from ?? (asked.changed_since === undefined ? (asked.to ?? now) - USUAL_SPAN.ms : 0);
  const to = asked.to ?? Math.max(now, from) + AHEAD.ms;
  if (from > to) {
    throw new Fault(
      'REQUEST_INVALID',
      `"from" (${formatInstant(from)}) lies behind "to" (${formatInstant(to)}); exchange them`,
    );
  }
  const query = { station: station.id, family: family.name, property, from, to, flags: asked.flags };
  const { fn } = asked;
  const interval = asked.interval ?? (asked.rolling === undefined ? undefined : HOUR);
  if (fn === undefined && interval === undefined) return { kind: 'raw', query };
  if (asked.changed_since !== undefined) {
    throw new Fault(
      'REQUEST_INVALID',
      '"changed_since" is for raw readings; ask for these first, then for the windows that they lie in',
    );
  }
  if (fn === undefined || interval === undefined) {
    const [given, wanted] = fn === undefined ? ['interval', 'fn=mean'] : ['fn', 'interval=1h'];
    throw new Fault(
      'REQUEST_INVALID',
      `"${given}" needs its other half; add ${wanted}, or leave both away for raw readings`,
    );
  }
  if (property === undefined) {
    throw new Fault(
      'REQUEST_INVALID',
      `windows are made of one property; add property=${family.headline} (--property ${family.headline})`,
    );
  }
  if ((to - from) / interval.ms > MOST_WINDOWS) {
    const most = formatDuration({ ms: Math.ceil((to - from) / MOST_WINDOWS / 1_000) * 1_000 });
    throw new Fault(
      'REQUEST_INVALID',
      `this makes more than ${MOST_WINDOWS} windows; ask for less time or interval=${most}`,
    );
  }
  checkFunction(family, property, fn);
  const { circular, accumulates, weight } = family.properties[property] ?? {};
  const kind = { isCircular: circular === true, isAmount: accumulates === true };
  const ofDays = kind.isAmount && interval.ms % DAY_MS === 0;
  const windows = {
    ...query,
    property,
    fn,
    intervalMs: interval.ms,
    zone: asked.tz ?? WIB,
    dayStartMs: readDayStart(asked.day_start ?? (ofDays ? RAIN_DAY : MIDNIGHT)),
    ...kind,
    ...(weight === undefined ? {} : { weight }),
  };
  if (asked.rolling === undefined) return { kind: 'windows', query: windows };
  checkRolling(asked.rolling, windows);
  return { kind: 'windows', query: { ...windows, dayStartMs: 0, rollingMs: asked.rolling.ms } };
};

/** Reads `07:00` as milliseconds after midnight. */
const readDayStart = (text: string): number => {
  const [hour, minute] = text.split(':').map(Number);
  return hours(hour ?? 0).ms + minutes(minute ?? 0).ms;
};

/** Writes milliseconds after midnight as `07:00`. */
export const writeDayStart = (ms: number): string => {
  const minute = Math.round(ms / minutes(1).ms);
  return [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, '0')).join(':');
};

const checkRolling = (rolling: Duration, { fn, isCircular, isAmount, intervalMs }: WindowsQuery): void => {
  const wrong = (why: string): Fault => new Fault('REQUEST_INVALID', `"rolling" is ${formatDuration(rolling)}: ${why}`);
  if (rolling.ms % HOUR.ms !== 0 || rolling.ms > LONGEST_ROLLING.ms) {
    throw wrong('it is whole hours, at most 31 days; ask for rolling=8h or rolling=24h');
  }
  if (intervalMs !== HOUR.ms) throw wrong('its windows end with each hour; leave "interval" out');
  const isMean = fn === 'mean' && !isCircular;
  if (!isMean && !(fn === 'sum' && isAmount))
    throw wrong(`there is no rolling ${fn} of this; ask for fn=mean, or fn=sum of an amount`);
};

/** Functions without a meaning for a kind of quantity, with the reason and the function to ask for. */
const REFUSED: readonly {
  readonly fns: ReadonlySet<Aggregate>;
  readonly of: (property: Property) => boolean;
  readonly reason: string;
}[] = [
  {
    fns: new Set(['mean', 'p95']),
    of: ({ accumulates }) => accumulates === true,
    reason: 'is an amount since the last report, whose mean depends on the reporting interval; ask for fn=sum',
  },
  {
    fns: new Set(['sum', 'min', 'max', 'p95']),
    of: ({ circular }) => circular === true,
    reason: 'is a direction, which has no order and no sum; ask for fn=mean',
  },
  {
    fns: new Set(['sum']),
    of: ({ accumulates, circular }) => accumulates !== true && circular !== true,
    reason: 'is a state and not an amount, so that its sum has no meaning; ask for fn=mean',
  },
];

const checkFunction = (family: Family, name: string, fn: Aggregate): void => {
  const property = family.properties[name];
  const refused = property === undefined ? undefined : REFUSED.find(({ fns, of }) => fns.has(fn) && of(property));
  if (refused !== undefined) throw new Fault('REQUEST_INVALID', `"fn" is ${fn}: ${name} ${refused.reason}`);
};

const checkProperty = (family: Family, property: string): void => {
  if (Object.hasOwn(family.properties, property)) return;
  const known = Object.keys(family.properties).join(', ');
  throw new Fault('PROPERTY_UNKNOWN', `${family.name} has no "${property}"; it has ${known}`);
};
