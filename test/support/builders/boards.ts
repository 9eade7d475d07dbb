import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const GENERATED = 'dashboards/grafana/generated';

const DataSource = z.object({ type: z.string(), uid: z.string() });

const Target = z.strictObject({
  refId: z.string(),
  query: z.string(),
  rawQuery: z.literal(true),
  resultFormat: z.enum(['time_series', 'table']),
  alias: z.string().optional(),
  datasource: DataSource,
});
export type Target = z.infer<typeof Target>;

const GridPos = z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() });

const Steps = z.object({
  mode: z.literal('absolute'),
  steps: z.array(z.object({ value: z.number().nullable(), color: z.string() })),
});

/** Style of a chart; a line goes on over empty windows while its values lie closer together than `spanNulls`, in ms. */
const Drawing = z.looseObject({
  drawStyle: z.enum(['line', 'bars']).optional(),
  spanNulls: z.union([z.number(), z.boolean()]).optional(),
});

const Panel = z.looseObject({
  id: z.int().positive(),
  type: z.enum(['timeseries', 'stat', 'table', 'geomap']),
  title: z.string(),
  description: z.string(),
  gridPos: GridPos,
  datasource: DataSource,
  targets: z.array(Target),
  timeFrom: z.string().optional(),
  interval: z.string().optional(),
  options: z.looseObject({ legend: z.object({ showLegend: z.boolean() }).optional() }),
  fieldConfig: z.object({
    defaults: z.looseObject({ unit: z.string(), thresholds: Steps, custom: Drawing.optional() }),
    overrides: z.array(
      z.object({
        matcher: z.object({ id: z.string(), options: z.string() }),
        properties: z.array(z.object({ id: z.string(), value: z.unknown() })),
      }),
    ),
  }),
});
export type Panel = z.infer<typeof Panel>;

const Heading = z.looseObject({
  id: z.int().positive(),
  type: z.literal('row'),
  title: z.string(),
  gridPos: GridPos,
  repeat: z.string().optional(),
});

const Variable = z.looseObject({
  name: z.string(),
  type: z.literal('query'),
  query: z.string(),
  refresh: z.int(),
  multi: z.boolean(),
  includeAll: z.boolean(),
  allValue: z.string(),
  datasource: DataSource,
});

/** The part of a Grafana dashboard that the tests read; the rest is checked against the SDK's own types. */
const Dashboard = z.looseObject({
  uid: z.string().max(40),
  title: z.string(),
  description: z.string(),
  editable: z.literal(false),
  schemaVersion: z.int(),
  tags: z.array(z.string()),
  timezone: z.string(),
  time: z.object({ from: z.string(), to: z.string() }),
  links: z.array(z.looseObject({ type: z.string(), url: z.string().optional(), tags: z.array(z.string()) })),
  templating: z.object({ list: z.array(Variable).optional() }),
  panels: z.array(z.union([Panel, Heading])),
});

export interface GeneratedBoard {
  /** `en/air.json` */
  readonly file: string;
  readonly language: string;
  readonly name: string;
  readonly text: string;
  readonly dashboard: z.infer<typeof Dashboard>;
  /** Without the headings. */
  readonly panels: readonly Panel[];
  readonly variables: readonly z.infer<typeof Variable>[];
}

const read = (language: string, name: string): GeneratedBoard => {
  const text = readFileSync(join(GENERATED, language, name), 'utf8');
  const dashboard = Dashboard.parse(JSON.parse(text));
  return {
    file: `${language}/${name}`,
    language,
    name: name.replace(/\.json$/, ''),
    text,
    dashboard,
    panels: dashboard.panels.filter((panel) => panel.type !== 'row').map((panel) => Panel.parse(panel)),
    variables: dashboard.templating.list ?? [],
  };
};

/** Every board that lies in `generated/`. */
export const generatedBoards = (): readonly GeneratedBoard[] =>
  readdirSync(GENERATED).flatMap((language) =>
    readdirSync(join(GENERATED, language)).map((name) => read(language, name)),
  );
