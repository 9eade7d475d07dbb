import { makeStore } from '#dashboards/console/state/store.ts';
import { makeServiceClock } from './service-clock.ts';

/** A span of time, as everywhere in Klawing: never a bare number. */
export interface TimeSpan {
  readonly ms: number;
}

export const seconds = (count: number): TimeSpan => ({ ms: count * 1_000 });
export const minutes = (count: number): TimeSpan => ({ ms: count * 60_000 });
export const hours = (count: number): TimeSpan => ({ ms: count * 3_600_000 });
export const days = (count: number): TimeSpan => ({ ms: count * 86_400_000 });

/** The clocks of the browser, which are read here alone. */
const service = makeServiceClock({ wall: () => Date.now(), steady: () => performance.now() });

/** The time of the service, ms since 1970: a browser whose clock is wrong shows the same as every other. */
export const now = (): number => service.now();

/** Number of answers that have set the time; 0 while `now` is the clock of the browser. */
export const timesSet = makeStore(0);

/** Takes the time of the service from the head of an answer. A cache on the way says how old the answer is. */
export const setTimeFrom = (headers: Headers): void => {
  const date = parseTime(headers.get('date') ?? '');
  const age = Number(headers.get('age') ?? 0) * 1_000;
  if (Number.isFinite(date + age) && service.set(date + age)) timesSet.set(timesSet.get() + 1);
};

const UNITS = new Map([
  ['s', seconds(1)],
  ['m', minutes(1)],
  ['h', hours(1)],
  ['d', days(1)],
]);

/** The span of a text such as `90s`, ms; NaN for another text. */
export const parseSpan = (text: string): number =>
  Number.parseFloat(text) * (UNITS.get(text.replace(/^[\d.]+/, ''))?.ms ?? Number.NaN);

export const dateOf = (at: number): Date => new Date(at);

export const parseTime = (text: string): number => Date.parse(text);

/** RFC 3339, UTC, as the API takes it. */
export const writeTime = (at: number): string => new Date(at).toISOString();

/** Calls until it is stopped. */
export const every = (span: TimeSpan, call: () => void): (() => void) => {
  const timer = setInterval(call, span.ms);
  return () => clearInterval(timer);
};

/** Calls once, unless it is stopped before. */
export const after = (span: TimeSpan, call: () => void): (() => void) => {
  const timer = setTimeout(call, span.ms);
  return () => clearTimeout(timer);
};

export const pause = (span: TimeSpan): Promise<void> => new Promise((resolve) => after(span, resolve));
