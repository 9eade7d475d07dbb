import type { Check, SeriesCheck } from '#ingest/qualify/check.ts';
import { attenuatedSignal } from './attenuated-signal.ts';
import { climatology } from './climatology.ts';
import { crossCheck } from './cross-check.ts';
import { flatLine } from './flat-line.ts';
import { grossRange } from './gross-range.ts';
import { impossibleDate } from './impossible-date.ts';
import { location } from './location.ts';
import { rateOfChange } from './rate-of-change.ts';
import { spike } from './spike.ts';
import { stageDistance } from './stage-distance.ts';
import { timeGap } from './time-gap.ts';

/** Checks of each observation by itself. */
export const CHECKS: readonly Check[] = [grossRange, crossCheck, stageDistance, location, impossibleDate];

/** Checks of the values of a series in their order. Their states follow each other so: a new one is added at the end. */
export const SERIES_CHECKS: readonly SeriesCheck[] = [
  climatology,
  timeGap,
  spike,
  rateOfChange,
  flatLine,
  attenuatedSignal,
];
