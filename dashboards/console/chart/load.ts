import { read } from '#dashboards/console/api/client.ts';
import type { Flag, Property, ReadingsDocument, WindowsDocument } from '#dashboards/console/api/types.ts';
import { parseTime, writeTime } from '#dashboards/console/time/clock.ts';
import { type Plan, type Stretch, planOf } from './plan.ts';

/** What a chart is asked to show. */
export interface Wanted {
  readonly station: string;
  readonly property: Property;
  readonly stretch: Stretch;
  /** How often the station's devices report. */
  readonly everyMs: number;
}

/** One line: its points in order of time, seconds since 1970 as uPlot takes them. */
export interface Line {
  readonly device: string;
  readonly times: readonly number[];
  readonly values: readonly number[];
}

/** A value, or a window with values, that a check did not pass. */
export interface Mark {
  readonly time: number;
  /** Undefined for a window. */
  readonly value: number | undefined;
  readonly flag: Flag;
}

export interface Series {
  readonly plan: Plan;
  /** What is shown: less than was asked for where the data begin late. */
  readonly stretch: Stretch;
  readonly lines: readonly Line[];
  /** Lowest and highest of each window, drawn as a band when there is one line. */
  readonly band: { readonly low: Line; readonly high: Line } | undefined;
  readonly marks: readonly Mark[];
}

const MOST_ROWS = 10_000;
/** Data that fill less than this part of a range are shown closer: a station that began to report an hour ago. */
const LATE = 8;
const BAD: readonly Flag[] = [3, 4];

/**
 * Reads a series, the lines first and what goes with them after: `show` is called each time there is more to see.
 * @throws Refusal
 */
export const loadSeries = async (
  wanted: Wanted,
  show: (series: Series) => void,
  signal: AbortSignal,
): Promise<void> => {
  const plan = planOf(wanted.stretch, wanted.everyMs);
  if (plan.kind === 'raw') show(await loadRaw(wanted, plan, signal));
  else await loadWindows(wanted, plan, show, signal);
};

const pathOf = ({ station, property, stretch }: Wanted, more: Readonly<Record<string, string>>): string => {
  const query = { property: property.property, from: writeTime(stretch.from), to: writeTime(stretch.to), ...more };
  const path = `/v1/stations/${encodeURIComponent(station)}/readings`;
  return `${path}?${new URLSearchParams({ limit: String(MOST_ROWS), ...query })}`;
};

const loadRaw = async (wanted: Wanted, plan: Plan, signal: AbortSignal): Promise<Series> => {
  const { readings } = await read<ReadingsDocument>(pathOf(wanted, { flags: '1,2,3,4' }), signal);
  const good = readings.filter(({ flag }) => flag !== 4);
  const lines = linesOf(good.map((row) => ({ ...row, time: row.observed_at })));
  const bad = readings.filter(({ flag }) => BAD.includes(flag));
  const marks = bad.map(({ observed_at, value, flag }) => ({ time: parseTime(observed_at) / 1_000, value, flag }));
  return { plan, stretch: wanted.stretch, lines, band: undefined, marks };
};

const loadWindows = async (
  wanted: Wanted,
  plan: Extract<Plan, { kind: 'windows' }>,
  show: (series: Series) => void,
  signal: AbortSignal,
): Promise<void> => {
  const windows = async (fn: string, flags = '1,2,3'): Promise<readonly Line[]> => {
    const path = pathOf(wanted, { fn, flags, interval: plan.interval });
    const found = await read<WindowsDocument>(path, signal);
    return linesOf(found.windows.map((row) => ({ ...row, time: row.start })));
  };
  const lines = await windows(wanted.property.fn);
  const { stretch } = wanted;
  const begin = Math.min(...lines.map(({ times }) => times[0] ?? Number.POSITIVE_INFINITY)) * 1_000;
  const isLate = Number.isFinite(begin) && (stretch.to - begin) * LATE < stretch.to - stretch.from;
  if (isLate) return loadSeries({ ...wanted, stretch: { from: begin, to: stretch.to } }, show, signal);
  show({ plan, stretch, lines, band: undefined, marks: [] });
  const hasBand = wanted.property.fn === 'mean' && lines.length === 1;
  const [low, high, suspect, fail] = await Promise.all([
    hasBand ? windows('min') : [],
    hasBand ? windows('max') : [],
    windows('count', '3'),
    windows('count', '4'),
  ]);
  const band = low[0] !== undefined && high[0] !== undefined ? { low: low[0], high: high[0] } : undefined;
  return show({ plan, stretch, lines, band, marks: [...marksOf(suspect, 3), ...marksOf(fail, 4)] });
};

const marksOf = (lines: readonly Line[], flag: Flag): readonly Mark[] =>
  lines.flatMap(({ times }) => times.map((time) => ({ time, value: undefined, flag })));

interface Row {
  readonly time: string;
  readonly device: string;
  readonly value: number;
}

const linesOf = (rows: readonly Row[]): readonly Line[] =>
  [...Map.groupBy(rows, ({ device }) => device)].map(([device, own]) => ({
    device,
    times: own.map(({ time }) => parseTime(time) / 1_000),
    values: own.map(({ value }) => value),
  }));
