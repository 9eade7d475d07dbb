import uPlot from 'uplot';
import { formatMoment, formatNumber, formatTick, formatValue } from '#dashboards/console/text/format.ts';
import { dateOf } from '#dashboards/console/time/clock.ts';
import { decimalsOf } from './ticks.ts';
import { aloneIn } from './gaps.ts';
import type { ChartSeries } from './load.ts';
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

/** The columns that uPlot draws: times, one column a line, and two a band. */
export const dataOf = ({ lines, bands }: ChartSeries): uPlot.AlignedData => {
  const drawn = [...lines, ...bands.flatMap(({ low, high }) => [low, high])];
  if (drawn.length === 0) return [[]];
  return uPlot.join(
    drawn.map(({ times, values }) => [[...times], [...values]]),
    drawn.map(() => [BREAKS, BREAKS]),
  );
};

/** The options of uPlot for a series. */
export const optionsOf = (series: ChartSeries, look: ChartStyle): uPlot.Options => ({
  width: look.width,
  height: look.height,
  tzDate: (seconds) => uPlot.tzDate(dateOf(seconds * 1_000), 'Asia/Jakarta'),
  scales: {
    x: { range: () => [look.stretch.from / 1_000, look.stretch.to / 1_000] },
    y: { range: (_plot, low, high) => rangeOf(low, high, look.property.levels) },
  },
  axes: axesOf(look),
  series: seriesOf(series, look),
  bands: series.bands.map((_, i): uPlot.Band => {
    const low = 1 + series.lines.length + 2 * i;
    return { series: [low + 1, low], fill: look.colour('--band') };
  }),
  legend: { live: true },
  cursor: {
    drag: { x: true, y: false, setScale: false, dist: LEAST_DRAG },
    points: { size: 7 },
    sync: { key: CURSORS },
  },
  hooks: {
    drawAxes: [(plot) => drawLevels(plot, look)],
    draw: [(plot) => drawMarks(plot, series.marks, look.colour), (plot) => drawNow(plot, look)],
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

const axesOf = ({ locale, colour }: ChartStyle): uPlot.Axis[] => {
  const shared = {
    stroke: colour('--quiet'),
    font: '12px system-ui, sans-serif',
    grid: { stroke: colour('--rule'), width: 1 },
    ticks: { show: false },
  };
  return [
    {
      ...shared,
      size: 32,
      space: 64,
      values: (_plot, splits, ...[, , step]) => splits.map((at) => formatTick(locale, at * 1_000, step)),
    },
    {
      ...shared,
      size: 56,
      values: (_plot, splits, ...[, , step]) => splits.map((value) => formatNumber(locale, value, decimalsOf(step))),
    },
  ];
};

const seriesOf = (series: ChartSeries, { locale, property, colour, words }: ChartStyle): uPlot.Series[] => {
  const value = (_plot: uPlot, at: number | null): string =>
    at === null ? '–' : formatValue(locale, at, property.decimals, property.unit_text);
  const isSum = property.fn === 'sum' && series.plan.kind === 'windows';
  const bars = uPlot.paths.bars?.({ size: [0.8, 24], align: 1 });
  const colourOf = (device: string): string => {
    const i = series.lines.findIndex((line) => line.device === device);
    return colour(LINES[Math.max(0, i) % LINES.length] ?? '--line-1');
  };
  const lines = series.lines.map(({ device }): uPlot.Series => {
    const stroke = colourOf(device);
    const shape = isSum && bars !== undefined ? { paths: bars, fill: stroke } : {};
    return { label: device, stroke, width: 2, value, points: { size: 4, filter: pointsOf }, ...shape };
  });
  const band = series.bands.flatMap(({ device }): uPlot.Series[] =>
    [words.low, words.high].map((word) => ({
      label: series.lines.length > 1 ? `${device} ${word}` : word,
      value,
      points: { show: false },
      stroke: colourOf(device),
      width: 1,
      alpha: EDGE,
    })),
  );
  const time = (_plot: uPlot, at: number | null): string => (at === null ? '–' : formatMoment(locale, at * 1_000));
  return [{ label: words.time, value: time }, ...lines, ...band];
};

/** All points where there is room for them, else those of no line. */
const pointsOf = (plot: uPlot, column: number, hasRoom: boolean): number[] | null =>
  hasRoom ? null : aloneIn(plot.data[column] ?? []);
