import type { Board } from '#dashboards/grafana/board.ts';
import { measuredBy, newestTable, propertyChart } from '#dashboards/grafana/family-board.ts';
import { tiled } from '#dashboards/grafana/grid.ts';
import { stationVariable } from '#dashboards/grafana/variable.ts';
import { weather as family } from '#model/families/weather.ts';

export const weather: Board = {
  name: 'weather',
  title: family.title,
  description: {
    id: 'Hujan, angin, suhu, kelembapan, dan tekanan di stasiun cuaca.',
    en: 'Rain, wind, temperature, humidity and pressure at the weather stations.',
  },
  range: '24h',
  variables: (say) => [stationVariable(family.name, say)],
  rows: (say) => [
    { height: 8, panels: [[24, newestTable(family, 'station', say)]] },
    ...tiled(
      measuredBy(family).map(([name]) => propertyChart(family, name, 'station', say)),
      12,
      8,
    ),
  ],
};
