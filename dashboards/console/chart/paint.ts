import type uPlot from 'uplot';

import type { Mark } from './load.ts';
import type { ChartStyle } from './style.ts';

/** Levels as bands of their colour up to the next, with their names at the right, below the series. */
export const drawLevels = (plot: uPlot, { property, title, colour }: ChartStyle): void => {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const bottom = bbox.top + bbox.height;
  const yOf = (value: number): number => clamp(plot.valToPos(value, 'y', true), bbox.top, bottom);
  const levels = property.levels.toSorted((a, b) => a.value - b.value);
  ctx.save();
  ctx.font = `${12 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'bottom';
  for (const [i, level] of levels.entries()) {
    const isAbove = level.direction === 'above';
    const next = levels[isAbove ? i + 1 : i - 1];
    const y = yOf(level.value);
    const end =
      next === undefined || next.direction !== level.direction ? (isAbove ? bbox.top : bottom) : yOf(next.value);
    ctx.globalAlpha = BAND;
    ctx.fillStyle = colour(`--${level.severity}`);
    ctx.fillRect(bbox.left, Math.min(y, end), bbox.width, Math.abs(y - end));
    ctx.globalAlpha = 1;
    const isSeen = y > bbox.top && y < bottom;
    if (!isSeen) continue;
    ctx.fillRect(bbox.left, y - ratio / 2, bbox.width, ratio);
    ctx.fillStyle = colour(`--${level.severity}-ink`);
    ctx.fillText(title(level), bbox.left + bbox.width - 4 * ratio, y - 2 * ratio);
  }
  ctx.restore();
};

/** Opacity of a band of a level. */
const BAND = 0.1;

/** The present as a line, where it is within the range. */
export const drawNow = (plot: uPlot, { now, colour }: ChartStyle): void => {
  const { ctx, bbox } = plot;
  const x = plot.valToPos(now / 1_000, 'x', true);
  if (x < bbox.left || x > bbox.left + bbox.width) return;
  ctx.save();
  ctx.fillStyle = colour('--quiet');
  ctx.fillRect(Math.min(x, bbox.left + bbox.width - devicePixelRatio), bbox.top, devicePixelRatio, bbox.height);
  ctx.restore();
};

/** Marks of values that failed a check: at the value or, for a window, at the bottom. A value off the scale is marked at its edge. */
export const drawMarks = (
  plot: uPlot,
  marks: readonly Mark[],
  scale: string,
  colour: (name: string) => string,
): void => {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  for (const { time, value, flag } of marks) {
    const x = plot.valToPos(time, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.fillStyle = colour(flag === 4 ? '--fail' : '--suspect');
    const foot = bbox.top + bbox.height - 4 * ratio;
    const y = value === undefined ? foot : clamp(plot.valToPos(value, scale, true), bbox.top + 4 * ratio, foot);
    drawSign(ctx, { x, y }, flag === 4, ratio);
  }
  ctx.restore();
};

/** A square for what failed, a triangle for what is suspect: they differ without their colours too. */
const drawSign = (
  ctx: CanvasRenderingContext2D,
  { x, y }: { readonly x: number; readonly y: number },
  isFail: boolean,
  ratio: number,
): void => {
  const size = 3.5 * ratio;
  if (isFail) {
    ctx.fillRect(x - size, y - size, 2 * size, 2 * size);
    return;
  }
  ctx.beginPath();
  ctx.moveTo(x, y - size);
  ctx.lineTo(x + size, y + size);
  ctx.lineTo(x - size, y + size);
  ctx.fill();
};

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);
