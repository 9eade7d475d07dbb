/**
 * Rooms of the tree (a folder, or one file of it) and what each may import beside its own folder: rooms and packages. The
 * longest match counts. `node` stands for every built-in module but `node:sqlite` and `node:timers`.
 */
export const ROOMS: Readonly<Record<string, string>> = {
  model: 'zod',
  'model/base/secret.ts': 'model node:crypto',
  science: 'model',
  'science/units/ucum.ts': 'model @lhncbc/ucum-lhc',
  process: 'model zod node',
  'process/folder-lock.ts': 'model node node:sqlite',
  'firmware-sim': 'model mqtt zod node',
  journal: 'model process zod node',
  'storage/operations': 'model zod node',
  'storage/operations/sqlite': 'model storage/operations zod node node:sqlite',
  'storage/readings': 'model storage/operations zod',
  'storage/readings/duckdb': 'model storage/readings zod node @duckdb/node-api @duckdb/node-bindings',
  'storage/readings/influx': 'model storage/readings zod node @influxdata/influxdb-client',
  alerter: 'model zod node:util',
  'alerter/metrics.ts': 'model alerter prom-client',
  'alerter/evaluate': 'model alerter/rules',
  'alerter/notify': 'model alerter/alerter.ts alerter/settings.ts alerter/rules zod',
  'alerter/notify/channels/email.ts': 'model alerter zod nodemailer',
  'alerter/notify/channels/webhook.ts': 'model alerter zod node:crypto',
  broker: 'model process journal/journal.ts aedes ws zod prom-client node',
  'broker/auth/certificate.ts': 'node @peculiar',
  'broker/auth/credentials-file.ts': 'model broker node node:sqlite',
  'broker/sessions/disk.ts': 'model broker classic-level node',
  'broker/client': 'model zod node',
  ingest: 'model science process journal storage alerter broker/client zod node',
  'ingest/pipeline.ts': 'model ingest alerter/evaluate/evaluate.ts',
  'ingest/decode': 'model',
  'ingest/validate': 'model ingest/batch.ts',
  'ingest/qualify': 'model science ingest/batch.ts',
  'ingest/dedupe': 'model ingest/batch.ts storage journal/journal.ts node',
  'ingest/store': 'model ingest/batch.ts storage/readings',
  'ingest/observe': 'model ingest/batch.ts storage/operations',
  'ingest/quarantine': 'model ingest/batch.ts storage/operations',
  'ingest/ledger': 'model ingest/batch.ts storage process journal broker/client zod node',
  'ingest/metrics': 'model ingest/ledger storage/operations prom-client',
  registry: 'model storage/operations broker/client zod node',
  commands: 'model storage/operations node',
  backup: 'model storage journal/read zod node',
  monitor: 'model ingest alerter storage/operations broker/client',
  state: 'model monitor storage/operations',
  api: `model state monitor ingest registry commands backup storage broker/client alerter/alerter.ts
    fastify @fastify fastify-type-provider-zod zod prom-client node`,
  'dashboards/grafana': 'model @grafana/grafana-foundation-sdk node:fs node:path',
  'dashboards/console': 'preact uplot maplibre-gl',
  'dashboards/console/build.ts': 'dashboards/console node vite',
  'dashboards/console/built.ts': 'node',
  runtime: `model process journal storage alerter broker/client ingest registry commands backup monitor state api node`,
  cli: `model process journal storage alerter broker ingest backup registry api runtime firmware-sim
    dashboards/console/build.ts dashboards/console/built.ts commander zod yaml node`,
  'cli/output/log.ts': 'model cli pino pino-pretty node',
  'cli/output/qr-code.ts': 'model uqr zod node',
  'cli/device/csv.ts': 'model csv-parse zod node',
};

/** Files that may import types alone, from anywhere. */
export const TYPES_ONLY = ['dashboards/console/api/types.ts'];
/** Files through which time comes in: they may use the clock and timers. */
export const CLOCKS = [
  'model/base/clock.ts',
  'model/base/instant.ts',
  'dashboards/console/time/clock.ts',
  'test/support/**',
];
