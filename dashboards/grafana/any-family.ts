import type { Family } from '#model/readings/family.ts';
import type { Board } from './board.ts';
import { measuredBy, newestTable, propertyChart } from './family-board.ts';
import { tiled } from './grid.ts';
import { stationVariable } from './variable.ts';

/** The board of a family that has none of its own in `boards/`: newest values, then every property over time. */
export const anyFamily = (family: Family): Board => ({
  name: family.name,
  title: family.title,
  description: {
    id: `Nilai terbaru dan perjalanan semua besaran di stasiun "${family.title.id}".`,
    en: `Newest values and the course of every property at the stations of "${family.title.en}".`,
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
});
