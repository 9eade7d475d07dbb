import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Board } from '#dashboards/grafana/board.ts';
import { SEVERITY_COLOUR } from '#dashboards/grafana/colour.ts';
import { measuredBy, newestTable, propertyChart, propertyQuery } from '#dashboards/grafana/family-board.ts';
import { tiled } from '#dashboards/grafana/grid.ts';
import { AUTO, atPickedStations, column, inRange, measurements, select } from '#dashboards/grafana/influxql.ts';
import type { Say } from '#dashboards/grafana/language.ts';
import { chart } from '#dashboards/grafana/panel.ts';
import { InfluxQlTarget } from '#dashboards/grafana/target.ts';
import { unitId } from '#dashboards/grafana/unit.ts';
import { stationVariable } from '#dashboards/grafana/variable.ts';
import { river as family } from '#model/families/river.ts';
import { weather } from '#model/families/weather.ts';

/** Levels that are attributes of the station, and what they are called here. */
const levels = family.limits.flatMap(({ raise, severity, title }) =>
  typeof raise === 'string' ? [{ attribute: raise, colour: SEVERITY_COLOUR[severity], title }] : [],
);

/** Stage of one gauge with its own warning levels, as they were at each time. */
const stageWithLevels = (say: Say): Panel => {
  const { title, unit, decimals } = family.properties.stage;
  const levelQuery = select({
    columns: levels.map(({ attribute, title: text }) => column('last', attribute, say(text))),
    from: measurements('station'),
    where: [atPickedStations, inRange],
    every: AUTO,
    by: ['station'],
    fill: 'null',
  });
  return chart(
    {
      title: { id: `${title.id}: $station`, en: `${title.en}: $station` },
      description: {
        id: 'Tinggi muka air dari nol papan duga, dengan tingkat waspada, siaga, dan awas pos ini.',
        en: 'Stage above gauge zero with the warning levels of this gauge: waspada, siaga and awas.',
      },
      targets: [
        new InfluxQlTarget('A', propertyQuery(family, 'stage', 'station', [atPickedStations])).alias(say(title)),
        new InfluxQlTarget('B', levelQuery).alias('$col'),
      ],
      unit: unitId(unit),
      decimals,
      overrides: levels.map(({ title: text, colour }) => ({
        of: say(text),
        properties: [
          { id: 'color', value: { mode: 'fixed', fixedColor: colour } },
          { id: 'custom.lineStyle', value: { fill: 'dash', dash: [10, 10] } },
          { id: 'custom.fillOpacity', value: 0 },
        ],
      })),
    },
    say,
  );
};

const rainfall = (say: Say): Panel => {
  const { title, unit, decimals } = weather.properties.rainfall;
  return chart(
    {
      title: { id: `${title.id} tiap jam`, en: `${title.en} by the hour` },
      description: {
        id: 'Hujan tiap jam di semua stasiun cuaca, sebagai pembanding kenaikan muka air.',
        en: 'Rain by the hour at all weather stations, to compare with the rise of the river.',
      },
      targets: [new InfluxQlTarget('A', propertyQuery(weather, 'rainfall', 'station', [])).alias('$tag_station')],
      unit: unitId(unit),
      decimals,
      isBars: true,
    },
    say,
  );
};

export const river: Board = {
  name: 'river',
  title: family.title,
  description: {
    id: 'Muka air sungai dengan tingkat siaga tiap pos, hujan di sampingnya, lalu debit dan suhu.',
    en: 'River stage with the warning levels of each gauge and the rain beside it, then discharge and temperature.',
  },
  range: '24h',
  variables: (say) => [stationVariable(family.name, say)],
  rows: (say) => [
    { height: 8, panels: [[24, newestTable(family, 'station', say)]] },
    { heading: '$station', repeat: 'station' },
    {
      height: 9,
      panels: [
        [15, stageWithLevels(say)],
        [9, rainfall(say)],
      ],
    },
    { heading: say({ id: 'Semua stasiun', en: 'All stations' }) },
    ...tiled(
      measuredBy(family).map(([name]) => propertyChart(family, name, 'station', say)),
      12,
      8,
    ),
  ],
};
