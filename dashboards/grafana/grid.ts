import type { Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';

/** Columns of Grafana's grid. */
const COLUMNS = 24;

/** Panels beside each other, each as wide as it says, in columns of the grid; what is left over stays empty. */
export interface PanelRow {
  readonly height: number;
  readonly panels: readonly (readonly [width: number, panel: Panel])[];
}

/** A heading; Grafana repeats it, with the rows up to the next heading, for each value of a variable. */
export interface Heading {
  readonly heading: string;
  readonly repeat?: string;
}

export type GridRow = PanelRow | Heading;

/** Gives panels their places from the top down, and ids in the order of reading. */
export const arrange = (rows: readonly GridRow[]): (Panel | RowPanel)[] => {
  const placed: (Panel | RowPanel)[] = [];
  let y = 0;
  for (const row of rows) {
    if ('heading' in row) {
      const gridPos = { x: 0, y, w: COLUMNS, h: 1 };
      const repeat = row.repeat === undefined ? {} : { repeat: row.repeat };
      placed.push({
        type: 'row',
        title: row.heading,
        collapsed: false,
        panels: [],
        id: placed.length + 1,
        gridPos,
        ...repeat,
      });
      y += 1;
      continue;
    }
    let x = 0;
    for (const [w, panel] of row.panels) {
      if (x + w > COLUMNS) throw new Error(`the row of "${panel.title ?? ''}" is wider than ${COLUMNS} columns`);
      placed.push({ ...panel, id: placed.length + 1, gridPos: { x, y, w, h: row.height } });
      x += w;
    }
    y += row.height;
  }
  return placed;
};

/** Panels of one size, as many in a row as fit. */
export const tiled = (panels: readonly Panel[], width: number, height: number): readonly PanelRow[] => {
  const most = Math.floor(COLUMNS / width);
  return Array.from({ length: Math.ceil(panels.length / most) }, (_, i) => ({
    height,
    panels: panels.slice(i * most, (i + 1) * most).map((panel) => [width, panel] as const),
  }));
};
