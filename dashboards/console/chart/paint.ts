import type uPlot from 'uplot';

import type { Mark } from './load.ts';
import type { ChartStyle } from './style.ts';

/** Levels as dashed lines with their names, below the series. */
export const drawLevels = (plot: uPlot, { property, title, colour }: ChartStyle): void => {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'bottom';
  for (const level of property.levels) {
    const y = plot.valToPos(level.value, 'y', true);
    if (y < bbox.top || y > bbox.top + bbox.height) continue;
    ctx.strokeStyle = colour(`--${level.severity}`);
    ctx.lineWidth = ratio;
    ctx.setLineDash([6 * ratio, 4 * ratio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.fillStyle = colour(`--${level.severity}-ink`);
    ctx.fillText(title(level), bbox.left + 4 * ratio, y - 2 * ratio);
  }
  ctx.restore();
};

/** Marks of values that failed a check: at the value or, for a window, at the bottom. A value off the scale is marked at its edge. */
export const drawMarks = (plot: uPlot, marks: readonly Mark[], colour: (name: string) => string): void => {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  for (const { time, value, flag } of marks) {
    const x = plot.valToPos(time, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.fillStyle = colour(flag === 4 ? '--fail' : '--suspect');
    const foot = bbox.top + bbox.height - 4 * ratio;
    const y = value === undefined ? foot : clamp(plot.valToPos(value, 'y', true), bbox.top + 4 * ratio, foot);
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
