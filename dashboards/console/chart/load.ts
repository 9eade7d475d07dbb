import { readPage, readPages } from '#dashboards/console/api/client.ts';
import type { Flag, Property, ReadingsDocument, WindowsDocument } from '#dashboards/console/api/types.ts';
import { parseTime, seconds, writeTime } from '#dashboards/console/time/clock.ts';
import { openGaps, type Points } from './gaps.ts';
import { MOST_POINTS, type Plan, planOf, spanMs, type TimeRange, type WindowPlan, windowsOver } from './plan.ts';

/** The content of a chart. */
export interface Wanted {
  readonly station: string;
  readonly property: Property;
  readonly stretch: TimeRange;
  /** Zone of the station, in which a day begins. */
  readonly zone: string;
  /** Reporting interval of the station's devices. */
  readonly everyMs: number;
  /** Silence limit of each device in ms: a longer gap in its line stays open. */
  readonly limits: ReadonlyMap<string, number>;
}

/** One line: its points in order of time, seconds since 1970 as uPlot takes them. */
export interface ChartLine extends Points {
  readonly device: string;
}

/** Lowest and highest of each window of a line. */
export interface ChartBand {
  readonly device: string;
  readonly low: ChartLine;
  readonly high: ChartLine;
}

/** A value, or a window with values, that a check did not pass. */
export interface Mark {
  readonly time: number;
  /** Undefined for a window. */
  readonly value: number | undefined;
  readonly flag: Flag;
}

export interface ChartSeries {
  readonly plan: Plan;
  /** The range that is shown: the one that was asked for, also where the data begin late. */
  readonly stretch: TimeRange;
  readonly lines: readonly ChartLine[];
  /** Around means: a peak is seen, however wide its window. */
  readonly bands: readonly ChartBand[];
  readonly marks: readonly Mark[];
}

const MOST_ROWS = 10_000;
/** Values of one device beyond which windows are asked for: it reports more often than it is registered with. */
const ROOM = 2 * MOST_POINTS;
/** Data that fill less than this part of a range are read in narrower windows: a station that began to report an hour ago. */
const LATE = 8;
const BAD: readonly Flag[] = [3, 4];

/**
 * Reads a series, the lines first and what goes with them after: `show` is called each time there is more to see.
 * @throws Refusal
 */
export const loadSeries = async (
  wanted: Wanted,
  show: (series: ChartSeries) => void,
  signal: AbortSignal,
): Promise<void> => {
  const plan = planOf(wanted.stretch, wanted.everyMs);
  const raw = plan.kind === 'raw' ? await loadRaw(wanted, plan, signal) : undefined;
  if (raw !== undefined) return show(raw);
  return loadWindows(wanted, plan.kind === 'raw' ? windowsOver(wanted.stretch) : plan, show, signal);
};

const pathOf = ({ station, property, stretch }: Wanted, more: Readonly<Record<string, string>>): string => {
  const query = { property: property.property, from: writeTime(stretch.from), to: writeTime(stretch.to), ...more };
  return `/v1/stations/${encodeURIComponent(station)}/readings?${new URLSearchParams(query)}`;
};

/** Every value; undefined when there are too many. */
const loadRaw = async (wanted: Wanted, plan: Plan, signal: AbortSignal): Promise<ChartSeries | undefined> => {
  const limit = Math.min(MOST_ROWS, ROOM * Math.max(1, wanted.limits.size));
  const path = pathOf(wanted, { flags: '1,2,3,4', limit: String(limit) });
  const { document, next } = await readPage<ReadingsDocument>(path, signal);
  if (next !== undefined) return undefined;
  const good = document.readings.filter(({ flag }) => flag !== 4);
  const lines = linesOf(
    good.map((row) => ({ ...row, time: row.observed_at })),
    (device) => limitOf(wanted, device),
  );
  const bad = document.readings.filter(({ flag }) => BAD.includes(flag));
  const marks = bad.map(({ observed_at, value, flag }) => ({ time: parseTime(observed_at) / 1_000, value, flag }));
  return { plan, stretch: wanted.stretch, lines, bands: [], marks };
};

const loadWindows = async (
  wanted: Wanted,
  plan: WindowPlan,
  show: (series: ChartSeries) => void,
  signal: AbortSignal,
): Promise<void> => {
  const windows = async (fn: string, flags = '1,2,3'): Promise<readonly ChartRow[]> => {
    const path = pathOf(wanted, { fn, flags, interval: plan.interval, tz: wanted.zone, limit: String(MOST_ROWS) });
    const pages = await readPages<WindowsDocument>(path, signal);
    return pages.flatMap((page) =>
      page.windows.flatMap(({ value, ...row }) => (value === null ? [] : [{ ...row, value, time: row.start }])),
    );
  };
  const isMean = wanted.property.fn === 'mean';
  // bars of sums are not joined, and two windows that touch have no gap between them
  const lines = (rows: readonly ChartRow[]): readonly ChartLine[] =>
    linesOf(rows, (device) =>
      isMean ? Math.max(limitOf(wanted, device), spanMs(plan.interval)) : Number.POSITIVE_INFINITY,
    );
  const own = lines(await windows(wanted.property.fn));
  const { stretch } = wanted;
  const begin = Math.min(...own.map(({ times }) => times[0] ?? Number.POSITIVE_INFINITY)) * 1_000;
  const isLate = Number.isFinite(begin) && (stretch.to - begin) * LATE < stretch.to - stretch.from;
  if (isLate) {
    const closer = { ...wanted, stretch: { from: begin, to: stretch.to } };
    return loadSeries(closer, (found) => show({ ...found, stretch }), signal);
  }
  show({ plan, stretch, lines: own, bands: [], marks: [] });
  const [low, high, suspect, fail] = await Promise.all([
    isMean ? windows('min') : [],
    isMean ? windows('max') : [],
    windows('count', '3'),
    windows('count', '4'),
  ]);
  const marks = [...marksOf(suspect, 3), ...marksOf(fail, 4)];
  return show({ plan, stretch, lines: own, bands: bandsOf(lines(low), lines(high)), marks });
};

const bandsOf = (lows: readonly ChartLine[], highs: readonly ChartLine[]): readonly ChartBand[] =>
  lows.flatMap((low) => {
    const high = highs.find(({ device }) => device === low.device);
    return high === undefined ? [] : [{ device: low.device, low, high }];
  });

/** The limit of a device that is not at the station any more is not known: no longer than this, nor than the others. */
const UNKNOWN_LIMIT = seconds(210);

const limitOf = ({ limits }: Wanted, device: string): number =>
  limits.get(device) ?? Math.min(UNKNOWN_LIMIT.ms, ...limits.values());

const marksOf = (rows: readonly ChartRow[], flag: Flag): readonly Mark[] =>
  rows.map(({ time }) => ({ time: parseTime(time) / 1_000, value: undefined, flag }));

interface ChartRow {
  readonly time: string;
  readonly device: string;
  readonly value: number;
}

/** A line for each device, open where it said nothing for longer than it may. */
const linesOf = (rows: readonly ChartRow[], longestMs: (device: string) => number): readonly ChartLine[] =>
  [...Map.groupBy(rows, ({ device }) => device)].map(([device, own]) => ({
    device,
    ...openGaps(
      own.map(({ time }) => parseTime(time) / 1_000),
      own.map(({ value }) => value),
      longestMs(device) / 1_000,
    ),
  }));
