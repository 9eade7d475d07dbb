import type { Page } from 'playwright-core';
import { z } from 'zod';

/** Part of one column of pixels in a colour: its highest and its lowest pixel, as parts of the plot's height. */
const Column = z.object({ top: z.number(), bottom: z.number() }).nullable();
export type Column = z.infer<typeof Column>;

export interface Wanted {
  readonly property: string;
  /** The variable of the style sheet that holds the colour. */
  readonly colour: string;
  /** Share of the colour that a pixel must have over the colour of the card: 0.8 finds a line, 0.3 also the edge of a band. */
  readonly least: number;
}

const SCRIPT = `({ property, colour, least }) => {
  const plot = document.querySelector('.chart[data-property="' + property + '"] .plot');
  const canvas = plot.querySelector('canvas');
  const [over, frame] = [plot.querySelector('.u-over'), canvas].map((part) => part.getBoundingClientRect());
  const ratio = canvas.width / frame.width;
  const [left, top, width, height] = [over.left - frame.left, over.top - frame.top, over.width, over.height]
    .map((length) => Math.round(length * ratio));
  const { data } = canvas.getContext('2d').getImageData(left, top, width, height);
  const hex = getComputedStyle(plot).getPropertyValue(colour).trim();
  const ink = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  const white = [255, 255, 255];
  const pixelAt = (at) => {
    const alpha = data[at + 3] / 255;
    return [0, 1, 2].map((i) => Math.round(data[at + i] * alpha + 255 * (1 - alpha)));
  };
  // the band of a level lies under the line: the most frequent colour of a row
  const papers = Array.from({ length: height }, (_, y) => {
    const counts = new Map();
    for (let x = 0; x < width; x += 1) {
      const key = pixelAt(4 * (y * width + x)).join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const [key] = [...counts].reduce((most, one) => (one[1] > most[1] ? one : most));
    return key.split(',').map(Number);
  });
  // how far a pixel lies on the way from the paper to the ink, and how far beside it
  const holdsOn = (paper, at) => {
    const length = Math.hypot(...ink.map((value, i) => value - paper[i]));
    if (length < 60) return false;
    const pixel = pixelAt(at).map((value, i) => value - paper[i]);
    const share = pixel.reduce((sum, value, i) => sum + (value * (ink[i] - paper[i])) / length / length, 0);
    const beside = Math.hypot(...pixel.map((value, i) => value - share * (ink[i] - paper[i])));
    return share >= least && beside < 6;
  };
  const holds = (at, y) => holdsOn(white, at) || holdsOn(papers[y], at);
  return Array.from({ length: width }, (_, x) => {
    const rows = Array.from({ length: height }, (_, y) => y).filter((y) => holds(4 * (y * width + x), y));
    return rows.length === 0 ? null : { top: rows[0] / height, bottom: rows[rows.length - 1] / height };
  });
}`;

/** Looks at the canvas of a chart: column by column, from the left edge of the range to the right one. */
export const inkOf = async (page: Page, wanted: Wanted): Promise<readonly Column[]> =>
  z.array(Column).parse(await page.evaluate(`(${SCRIPT})(${JSON.stringify(wanted)})`));
