import uPlot from 'uplot';
import { formatMoment, formatNumber, formatTick, formatValue } from '#dashboards/console/text/format.ts';
import { dateOf } from '#dashboards/console/time/clock.ts';
import { zoneName } from '#dashboards/console/time/zone.ts';
import { decimalsOf } from './ticks.ts';
import { aloneIn } from './gaps.ts';
import { type ChartPart, isHanging } from './compare.ts';
import { drawLevels, drawMarks, drawNow } from './paint.ts';
import type { Level } from '#dashboards/console/api/types.ts';
import type { ChartStyle } from './style.ts';

/** Edges of a band: seen where a window holds a peak, and fainter than the line. */
const EDGE = 0.5;

const LINES = ['--line-1', '--line-2', '--line-3', '--line-4', '--line-5'];

/** Null breaks a line also where other lines have values beside it (uPlot's `NULL_EXPAND`). */
const BREAKS = 2;

/** The charts of a page move their cursors together. */
const CURSORS = 'station';
/** Pixels of a drag that is meant as a choice of a range. */
const LEAST_DRAG = 8;

/** Opens the range that was marked by a drag, in every chart of the page. */
const zoomTo = (plot: uPlot, { onZoom }: ChartStyle): void => {
  const { left, width } = plot.select;
  if (width < LEAST_DRAG) return;
  const at = (x: number): number => Math.round(plot.posToVal(x, 'x') * 1_000);
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  onZoom({ from: at(left), to: at(left + width) });
};

/** Scale of rain beside another property, which hangs from the top. */
const RAIN = 'rain';
/** The part of the height that the heaviest rain takes. */
const RAIN_SHARE = 3;

const scaleOf = (part: ChartPart, [main = part]: readonly ChartPart[]): string => (isHanging(part, main) ? RAIN : 'y');

/** The columns that uPlot draws: of each part one column a line, and two a band. */
export const dataOf = (parts: readonly ChartPart[]): uPlot.AlignedData => {
  const drawn = parts.flatMap(({ series: { lines, bands } }) => [
    ...lines,
    ...bands.flatMap(({ low, high }) => [low, high]),
  ]);
  if (drawn.length === 0) return [[]];
  return uPlot.join(
    drawn.map(({ times, values }) => [[...times], [...values]]),
    drawn.map(() => [BREAKS, BREAKS]),
  );
};

/** Bands of a part whose first column is given. */
const bandsOf = ({ series: { lines, bands } }: ChartPart, first: number, look: ChartStyle): readonly uPlot.Band[] =>
  bands.map((_, i): uPlot.Band => {
    const low = first + lines.length + 2 * i;
    return { series: [low + 1, low], fill: look.colour('--band') };
  });

const columnsOf = ({ series: { lines, bands } }: ChartPart): number => lines.length + 2 * bands.length;

/** The sum over the parts before one of them. */
const before = (parts: readonly ChartPart[], i: number, count: (part: ChartPart) => number): number =>
  parts.slice(0, i).reduce((sum, part) => sum + count(part), 0);

/** The options of uPlot for a series, and for those of other stations beside it. */
export const optionsOf = (parts: readonly ChartPart[], look: ChartStyle): uPlot.Options => ({
  width: look.width,
  height: look.height,
  tzDate: (seconds) => uPlot.tzDate(dateOf(seconds * 1_000), look.zone),
  scales: {
    x: { range: () => [look.stretch.from / 1_000, look.stretch.to / 1_000] },
    y: { range: (_plot, low, high) => rangeOf(low, high, look.property.levels) },
    [RAIN]: { dir: -1, range: (_plot, _low, high) => [0, (high ?? 0) === 0 ? 1 : (high ?? 0) * RAIN_SHARE] },
  },
  axes: [...axesOf(look), ...rainAxesOf(parts, look)],
  series: [timeOf(look), ...parts.flatMap((part, i) => seriesOf(part, before(parts, i, linesOf), parts, look))],
  bands: parts.flatMap((part, i) => bandsOf(part, 1 + before(parts, i, columnsOf), look)),
  legend: { live: true },
  cursor: {
    drag: { x: true, y: false, setScale: false, dist: LEAST_DRAG },
    points: { size: 7 },
    sync: { key: CURSORS },
  },
  hooks: {
    drawAxes: [(plot) => drawLevels(plot, look)],
    draw: [
      (plot) => {
        for (const part of parts) drawMarks(plot, part.series.marks, scaleOf(part, parts), look.colour);
      },
      (plot) => drawNow(plot, look),
    ],
    setSelect: [(plot) => zoomTo(plot, look)],
  },
});

/** All values, every level that is passed, and the next one: how far it is to go is what people look for. */
const rangeOf = (low: number | null, high: number | null, levels: readonly Level[]): [number, number] => {
  if (low === null || high === null) return [0, 1];
  const above = levels.filter(({ direction }) => direction === 'above').map(({ value }) => value);
  const next = above.filter((value) => value >= high).toSorted((a, b) => a - b)[0];
  const bottom = low >= 0 && low < (high - low) * 0.5 ? 0 : low;
  const top = Math.max(high, next ?? high);
  const margin = (top - bottom || Math.abs(top) || 1) * 0.09;
  return [bottom === 0 ? 0 : bottom - margin, top + margin];
};

const linesOf = ({ series }: ChartPart): number => series.lines.length;

const sharedOf = ({ colour }: ChartStyle) => ({
  stroke: colour('--quiet'),
  font: '12px system-ui, sans-serif',
  grid: { stroke: colour('--rule'), width: 1 },
  ticks: { show: false },
});

/** The axis of rain, at the right, with ticks as far down as rain is drawn. */
const rainAxesOf = (parts: readonly ChartPart[], look: ChartStyle): uPlot.Axis[] => {
  const rain = parts.find((part) => scaleOf(part, parts) === RAIN);
  if (rain === undefined) return [];
  const { decimals, unit_text: unit } = rain.wanted.property;
  const write = (value: number): string => formatValue(look.locale, value, decimals, unit);
  return [
    {
      ...sharedOf(look),
      scale: RAIN,
      side: 1,
      size: 64,
      grid: { show: false },
      filter: (plot, splits) => {
        const most = (plot.scales[RAIN]?.max ?? 0) / RAIN_SHARE;
        return splits.map((value) => (value <= most ? value : null));
      },
      values: (_plot, splits) => splits.map((value: number | null) => (value === null ? '' : write(value))),
    },
  ];
};

const axesOf = (look: ChartStyle): uPlot.Axis[] => {
  const { locale, zone } = look;
  const shared = sharedOf(look);
  return [
    {
      ...shared,
      size: 32,
      space: 64,
      values: (_plot, splits, ...[, , step]) => splits.map((at) => formatTick(locale, at * 1_000, step, zone)),
    },
    {
      ...shared,
      size: 56,
      values: (_plot, splits, ...[, , step]) => splits.map((value) => formatNumber(locale, value, decimalsOf(step))),
    },
  ];
};

const timeOf = ({ locale, zone, words, now }: ChartStyle): uPlot.Series => ({
  label: `${words.time} (${zoneName(zone, now)})`,
  value: (_plot, at: number | null) => (at === null ? '–' : formatMoment(locale, at * 1_000, zone)),
});

/** Lines and bands of a part. The devices of the station itself need no more than their names. */
const seriesOf = (
  part: ChartPart,
  linesBefore: number,
  parts: readonly ChartPart[],
  { locale, colour, words }: ChartStyle,
): readonly uPlot.Series[] => {
  const { series, wanted, name } = part;
  const { property } = wanted;
  const scale = scaleOf(part, parts);
  const value = (_plot: uPlot, at: number | null): string =>
    at === null ? '–' : formatValue(locale, at, property.decimals, property.unit_text);
  const labelOf = (device: string): string => (part === parts[0] ? device : `${name} (${device})`);
  // a sum is that of the time behind the begin of its window; a report that of the time before it
  const bars = uPlot.paths.bars?.({ size: [0.8, 24], align: series.plan.kind === 'windows' ? 1 : -1 });
  const colourOf = (device: string): string => {
    const i =
      linesBefore +
      Math.max(
        0,
        series.lines.findIndex((line) => line.device === device),
      );
    return colour(LINES[i % LINES.length] ?? '--line-1');
  };
  const lines = series.lines.map(({ device }): uPlot.Series => {
    const stroke = colourOf(device);
    const isBars = property.fn === 'sum' && bars !== undefined;
    const shape = isBars ? { paths: bars, fill: stroke, fillTo: 0, points: { show: false } } : {};
    const points = { size: 4, filter: pointsOf };
    return { label: labelOf(device), stroke, width: 2, value, scale, points, ...shape };
  });
  const band = series.bands.flatMap(({ device }): uPlot.Series[] =>
    [words.low, words.high].map((word) => ({
      label: series.lines.length > 1 || part !== parts[0] ? `${labelOf(device)} ${word}` : word,
      value,
      scale,
      points: { show: false },
      stroke: colourOf(device),
      width: 1,
      alpha: EDGE,
    })),
  );
  return [...lines, ...band];
};

/** All points where there is room for them, else those of no line. */
const pointsOf = (plot: uPlot, column: number, hasRoom: boolean): number[] | null =>
  hasRoom ? null : aloneIn(plot.data[column] ?? []);
