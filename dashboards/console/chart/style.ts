import type { Level, Property } from '#dashboards/console/api/types.ts';
import type { TimeRange } from './plan.ts';

/** Everything about a chart that is not its data: language, colours, size and the span of time. */
export interface ChartStyle {
  readonly locale: string;
  readonly property: Property;
  readonly title: (level: Level) => string;
  readonly stretch: TimeRange;
  readonly colour: (name: string) => string;
  /** Zone of the times: that of the station. */
  readonly zone: string;
  readonly width: number;
  readonly height: number;
  /** The present, ms since 1970. */
  readonly now: number;
  readonly onZoom: (stretch: TimeRange) => void;
  readonly words: { readonly time: string; readonly low: string; readonly high: string };
}
