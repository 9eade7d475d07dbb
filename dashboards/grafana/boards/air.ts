import type { Panel, ThresholdsConfig } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Board } from '#dashboards/grafana/board.ts';
import { ispuSteps } from '#dashboards/grafana/colour.ts';
import { measuredBy, newestTable, propertyChart } from '#dashboards/grafana/family-board.ts';
import { tiled } from '#dashboards/grafana/grid.ts';
import { atPickedStations, passedChecks, column, inRange, measurements, select } from '#dashboards/grafana/influxql.ts';
import type { BoardLanguage, Say } from '#dashboards/grafana/language.ts';
import { figures } from '#dashboards/grafana/panel.ts';
import { InfluxQlTarget } from '#dashboards/grafana/target.ts';
import { unitId } from '#dashboards/grafana/unit.ts';
import { stationVariable } from '#dashboards/grafana/variable.ts';
import { air as family } from '#model/families/air.ts';
import { ISPU_CATEGORIES } from '#science/air/ispu-categories.ts';

/** Colours and words of the index: `hijau Baik, biru Sedang, …`. */
const inWords = (language: BoardLanguage): string =>
  ISPU_CATEGORIES.map(({ colour, words }) => `${colour[language]} ${words[language]}`).join(', ');

/** The mean of 24 hours on the colours of the index: an indication, for the index asks for whole days of data. */
const dayMean = (property: 'pm2_5' | 'pm10', thresholds: ThresholdsConfig, say: Say): Panel => {
  const { title, unit, decimals } = family.properties[property];
  const query = select({
    columns: [column('mean', property, property)],
    from: measurements(family.name),
    where: [atPickedStations, passedChecks(property), inRange],
    by: ['station'],
  });
  return figures(
    {
      title: { id: `${title.id}, rata-rata 24 jam`, en: `${title.en}, mean of 24 hours` },
      description: {
        id: `Warna menurut kategori ISPU (P.14/2020): ${inWords('id')}. Indikatif, bukan ISPU resmi.`,
        en: `Colours of the national index ISPU (P.14/2020): ${inWords('en')}. An indication, not the official index.`,
      },
      targets: [new InfluxQlTarget('A', query).alias('$tag_station')],
      unit: unitId(unit),
      decimals,
      thresholds,
      timeFrom: '24h',
    },
    say,
  );
};

export const air: Board = {
  name: 'air',
  title: family.title,
  description: {
    id: 'Debu, gas, dan cuaca di stasiun kualitas udara.',
    en: 'Dust, gases and the weather at the air quality stations.',
  },
  range: '24h',
  variables: (say) => [stationVariable(family.name, say)],
  rows: (say) => [
    {
      height: 5,
      panels: [
        [12, dayMean('pm2_5', ispuSteps('PM2.5'), say)],
        [12, dayMean('pm10', ispuSteps('PM10'), say)],
      ],
    },
    { height: 8, panels: [[24, newestTable(family, 'station', say)]] },
    ...tiled(
      measuredBy(family).map(([name]) => propertyChart(family, name, 'station', say)),
      12,
      8,
    ),
  ],
};
