import type { Board } from '#dashboards/grafana/board.ts';
import { measuredBy, newestTable, propertyChart } from '#dashboards/grafana/family-board.ts';
import { limitSteps } from '#dashboards/grafana/colour.ts';
import { tiled } from '#dashboards/grafana/grid.ts';
import { atPickedStations, passedChecks, column, inRange, measurements, select } from '#dashboards/grafana/influxql.ts';
import { figures } from '#dashboards/grafana/panel.ts';
import { InfluxQlTarget } from '#dashboards/grafana/target.ts';
import { unitId } from '#dashboards/grafana/unit.ts';
import { stationVariable } from '#dashboards/grafana/variable.ts';
import { waste as family } from '#model/families/waste.ts';

/** Every bin has a device of its own, so lines and rows are devices. */
const fillNow = new InfluxQlTarget(
  'A',
  select({
    columns: [column('last', 'fill', 'fill')],
    from: measurements(family.name),
    where: [atPickedStations, passedChecks('fill'), inRange],
    by: ['device'],
  }),
).alias('$tag_device');

export const waste: Board = {
  name: 'waste',
  title: family.title,
  description: {
    id: 'Isi, suhu, dan kemiringan tiap wadah sampah.',
    en: 'How full, how warm and how upright every waste bin is.',
  },
  range: '7d',
  variables: (say) => [stationVariable(family.name, say)],
  rows: (say) => [
    {
      height: 7,
      panels: [
        [
          24,
          figures(
            {
              title: { id: 'Isi sekarang', en: 'Fill level now' },
              description: {
                id: 'Isi terbaru tiap wadah; warna berubah pada batas "penuh".',
                en: 'Newest fill level of every bin; the colour changes at the limit "full".',
              },
              targets: [fillNow],
              unit: unitId(family.properties.fill.unit),
              decimals: family.properties.fill.decimals,
              thresholds: limitSteps(family, 'fill'),
            },
            say,
          ),
        ],
      ],
    },
    { height: 9, panels: [[24, newestTable(family, 'device', say)]] },
    ...tiled(
      measuredBy(family).map(([name]) => propertyChart(family, name, 'device', say)),
      12,
      8,
    ),
  ],
};
