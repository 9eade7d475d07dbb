import * as common from '@grafana/grafana-foundation-sdk/common';
import {
  type DynamicConfigValue,
  type FieldConfig,
  MappingType,
  type Panel,
  type ThresholdsConfig,
  type ValueMapping,
  type ValueMappingResult,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Text } from '#model/readings/family.ts';
import { type Duration, minutes, seconds } from '#model/base/duration.ts';
import { silenceLimit } from '#model/registry/silence.ts';
import { NORMAL, steps } from './colour.ts';
import { DATA_SOURCE } from './data-source.ts';
import type { Say } from './language.ts';
import type { InfluxQlTarget } from './target.ts';

/** Field settings of one column or series, by its name, that differ from those of the panel. */
export interface Override {
  readonly of: string;
  readonly properties: readonly DynamicConfigValue[];
}

/** Content that each kind of panel has. */
export interface PanelContent {
  readonly title: Text;
  readonly description: Text;
  readonly targets: readonly InfluxQlTarget[];
  /** Grafana's id. */
  readonly unit: string;
  readonly decimals?: number;
  readonly thresholds?: ThresholdsConfig;
  readonly overrides?: readonly Override[];
  /** Looks back so far, whatever the board shows. */
  readonly timeFrom?: string;
  /** Narrowest window of its queries, where that is not the data source's. */
  readonly interval?: string;
}

const settled = (content: PanelContent, say: Say): FieldConfig => ({
  unit: content.unit,
  ...(content.decimals === undefined ? {} : { decimals: content.decimals }),
  thresholds: content.thresholds ?? steps(NORMAL),
  noValue: say({ id: 'tidak ada data', en: 'no data' }),
});

/** Puts what every panel has into one that a builder of the SDK has made. */
export const fill = (made: Panel, content: PanelContent, say: Say): Panel => ({
  ...made,
  title: say(content.title),
  description: say(content.description),
  datasource: DATA_SOURCE,
  targets: content.targets.map((target) => target.build()),
  ...(content.timeFrom === undefined ? {} : { timeFrom: content.timeFrom }),
  ...(content.interval === undefined ? {} : { interval: content.interval }),
  fieldConfig: {
    defaults: { ...made.fieldConfig?.defaults, ...settled(content, say) },
    overrides: (content.overrides ?? []).map(({ of, properties }) => ({
      matcher: { id: 'byName', options: of },
      properties: [...properties],
    })),
  },
});

/** The SDK leaves legends hidden. */
const legend = new common.VizLegendOptionsBuilder()
  .showLegend(true)
  .displayMode(common.LegendDisplayMode.List)
  .placement(common.LegendPlacement.Bottom)
  .calcs([]);

const tooltip = new common.VizTooltipOptionsBuilder()
  .mode(common.TooltipDisplayMode.Multi)
  .sort(common.SortOrder.Descending);

/** The default of `api.silenceGrace`. */
const GRACE = seconds(30);

/**
 * A line goes on over empty windows while its values lie closer together than a device may be silent; a longer gap is an
 * outage and stays open. Grafana takes one span for all lines of a panel, so it is that of the usual interval.
 */
const longestJoined = (every: Duration = minutes(1)): number => silenceLimit({ every }, GRACE).ms;

export interface ChartContent extends PanelContent {
  /** Amounts are bars, each over the window whose start it is timed by; states are lines. */
  readonly isBars?: boolean;
  /** Interval of its values; one minute, the usual interval of devices, where it is left out. */
  readonly every?: Duration;
}

/** A chart over time. */
export const chart = (content: ChartContent, say: Say): Panel => {
  const hasSteps = (content.thresholds?.steps.length ?? 0) > 1;
  const builder = new TimeseriesBuilder()
    .legend(legend)
    .tooltip(tooltip)
    .lineWidth(2)
    .fillOpacity(content.isBars === true ? 60 : 5)
    .drawStyle(content.isBars === true ? common.GraphDrawStyle.Bars : common.GraphDrawStyle.Line)
    .showPoints(common.VisibilityMode.Auto)
    .spanNulls(longestJoined(content.every))
    .thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(
        hasSteps ? common.GraphThresholdsStyleMode.Dashed : common.GraphThresholdsStyleMode.Off,
      ),
    );
  if (content.isBars === true) builder.barAlignment(common.BarAlignment.After);
  return fill(builder.build(), content, say);
};

/** Single numbers: the last one of each series, on its colour. */
export const figures = (content: PanelContent, say: Say): Panel =>
  fill(
    new StatBuilder()
      .colorMode(common.BigValueColorMode.BackgroundSolid)
      .graphMode(common.BigValueGraphMode.None)
      .textMode(common.BigValueTextMode.ValueAndName)
      .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false))
      .build(),
    content,
    say,
  );

export interface TableContent extends PanelContent {
  /** New names of columns. */
  readonly rename?: Readonly<Record<string, string>>;
  /** Columns that are left out; the time of a row that is made of several newest values means nothing. */
  readonly without?: readonly string[];
}

/** Rows and columns. */
export const table = (content: TableContent, say: Say): Panel => {
  const builder = new TableBuilder().showHeader(true).withTransformation({
    id: 'organize',
    options: {
      excludeByName: Object.fromEntries((content.without ?? ['Time']).map((name) => [name, true])),
      indexByName: {},
      renameByName: { ...content.rename },
    },
  });
  return fill(builder.build(), content, say);
};

/** Colours the cells of a column by its steps. */
export const colouredCell = (thresholds: ThresholdsConfig): readonly DynamicConfigValue[] => [
  { id: 'thresholds', value: thresholds },
  { id: 'custom.cellOptions', value: { type: common.TableCellDisplayMode.ColorText } },
];

/** Texts and colours in place of values. */
export const mapping = (
  entries: readonly (readonly [value: string, shown: Pick<ValueMappingResult, 'text' | 'color'>])[],
): ValueMapping => ({
  type: MappingType.ValueToText,
  options: Object.fromEntries(entries.map(([value, shown], index) => [value, { ...shown, index }])),
});

/** Shows the cells of a column in words, each in its colour. */
export const mappedCell = (shown: ValueMapping): readonly DynamicConfigValue[] => [
  { id: 'mappings', value: [shown] },
  { id: 'custom.cellOptions', value: { type: common.TableCellDisplayMode.ColorText } },
];
