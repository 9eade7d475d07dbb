import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONFIG } from '#lint/config.ts';
import { ROOMS } from '#lint/rooms.ts';

/** A file that the linter must object to, by the rule; or, without a rule, must let pass. */
interface Canary {
  readonly file: string;
  readonly says: string | undefined;
  readonly source: string;
}

const imports = (folder: string, ...sources: readonly string[]): readonly Canary[] =>
  sources.map((source, i) => ({ file: `${folder}/import-${i}.ts`, says: 'no-restricted-imports', source }));

const passes = (folder: string, ...sources: readonly string[]): readonly Canary[] =>
  sources.map((source, i) => ({ file: `${folder}/good-${i}.ts`, says: undefined, source }));

/** Each room of the table refuses a package and the test folder, which no room may import. */
const REFUSED = Object.keys(ROOMS)
  .flatMap((names) => names.split(' '))
  .flatMap((room): readonly Canary[] => {
    const source = "export * from '#test/support/eventually.ts';\nexport * from 'left-pad';";
    const file = room.endsWith('.ts') ? room : `${room}/refused.ts`;
    return [{ file, says: 'no-restricted-imports', source }];
  });

const CANARIES: readonly Canary[] = [
  ...REFUSED,
  ...imports(
    'model',
    "import '#storage/readings/store.ts';",
    "import type { Store } from '#storage/readings/store.ts';\nexport type A = Store;",
    "export { keyOf } from '#storage/readings/store.ts';",
    "export type { Store } from '#storage/readings/store.ts';",
    "export * from '#storage/readings/store.ts';",
    "export const late = import('#storage/readings/store.ts');",
    "export { keyOf } from '../storage/readings/store.ts';",
    "import mqtt from 'mqtt';\nexport const client = mqtt;",
    "export * from 'mqtt/dist/mqtt.js';",
    "export * from 'node:fs/promises';",
  ),
  ...imports(
    'science',
    "export * from '#journal/settings.ts';",
    "export * from 'node:fs';",
    "export * from 'zod';",
    "export * from '@lhncbc/ucum-lhc';",
  ),
  ...imports('model/science', "export * from '#science/rounding.ts';"),
  ...imports('journal', "export * from '#broker/settings.ts';", "export * from 'node:timers/promises';"),
  ...imports('broker', "export * from '#storage/readings/store.ts';", "export * from '#journal/settings.ts';"),
  ...imports('firmware-sim', "export * from '#broker/settings.ts';", "export * from 'aedes';"),
  ...imports('ingest', "export * from '#broker/settings.ts';", "export * from '@duckdb/node-api';"),
  ...imports('ingest/decode', "export * from '#ingest/validate/validate.ts';"),
  ...imports('ingest/validate', "export * from '#storage/operations/operations.ts';"),
  ...imports('ingest/qualify', "export * from 'node:fs';", "export * from '#storage/readings/store.ts';"),
  ...imports('state', "export * from '#ingest/observe/observe.ts';", "export * from 'node:fs';"),
  ...imports('ingest/store', "export * from '@duckdb/node-api';", "export * from '#ingest/dedupe/dedupe.ts';"),
  ...imports('storage/readings', "export * from '@duckdb/node-api';"),
  ...imports('storage/readings/duckdb', "export * from '@influxdata/influxdb-client';"),
  ...imports('storage/operations', "export * from '#storage/readings/store.ts';"),
  ...imports('api', "export * from 'aedes';", "export * from 'node:sqlite';"),
  ...imports('alerter', "export * from '#storage/readings/store.ts';", "export * from 'nodemailer';"),
  ...imports('alerter/evaluate', "export * from '#alerter/notify/notify.ts';", "export * from 'zod';"),
  ...imports('alerter/notify', "export * from '#alerter/evaluate/evaluate.ts';", "export * from 'nodemailer';"),
  ...imports('alerter/notify/channels', "export * from 'nodemailer';", "export * from 'node:crypto';"),
  ...imports('cli', "export * from '#test/support/eventually.ts';", "export * from 'fastify';"),
  ...imports('dashboards/grafana', "export * from '#storage/readings/store.ts';", "export * from 'zod';"),
  ...imports(
    'dashboards/console',
    "export * from '#model/readings/flag.ts';",
    "export type { StationState } from '#api/stations/schema.ts';",
    "export * from 'node:fs';",
    "export * from 'vite';",
  ),
  ...passes('dashboards/console', "export { h } from 'preact';"),
  {
    file: 'dashboards/console/api/types.ts',
    says: 'no-restricted-imports',
    source:
      "import { StationState } from '#api/stations/schema.ts';\nimport type { z } from 'zod';\nexport type A = z.infer<typeof StationState>;",
  },
  ...imports('test/repository', "export * from '../support/eventually.ts';"),
  ...passes(
    'model',
    "export { FLAG } from './flag.ts';",
    "export { air } from '#model/families/air.ts';\nexport * from 'zod';",
  ),
  ...passes(
    'science',
    "export { FLAG } from '#model/readings/flag.ts';\nexport { roundHalfUp } from '#science/rounding.ts';\nexport * from './local.ts';",
  ),
  ...passes('broker', "export type { JournalWriter } from '#journal/journal.ts';\nexport * from 'node:net';"),
  ...passes('alerter/evaluate', "export type { Rule } from '#alerter/rules/rule.ts';"),
  ...passes('ingest/decode', "export { codecNamed } from '#model/codecs/index.ts';"),
  ...passes('storage/readings/duckdb', "export * from '@duckdb/node-api';"),
  ...passes(
    'dashboards/grafana',
    "export { air } from '#model/families/air.ts';\nexport * from '@grafana/grafana-foundation-sdk/units';",
  ),
  ...passes('test/unit', "export * from 'mqtt';\nexport { keyOf } from '#storage/readings/store.ts';"),
  { file: 'journal/clock.ts', says: 'no-restricted-globals', source: 'export const now = Date.now();' },
  { file: 'journal/timer.ts', says: 'no-restricted-globals', source: 'setTimeout(() => undefined, 5);' },
  {
    file: 'journal/global.ts',
    says: 'no-restricted-properties',
    source: 'globalThis.setInterval(() => undefined, 5);',
  },
  { file: 'journal/default.ts', says: 'no-default-export', source: 'export default 1;' },
  { file: 'journal/any.ts', says: 'no-explicit-any', source: 'export const given: any = 1;' },
  { file: 'journal/template.ts', says: 'restrict-template-expressions', source: 'export const text = `${new Map()}`;' },
  { file: 'journal/camelCase.ts', says: 'filename-case', source: 'export const a = 1;' },
  { file: 'journal/cycle.ts', says: 'no-cycle', source: "export { b } from './cycle-back.ts';\nexport const a = 1;" },
  { file: 'journal/cycle-back.ts', says: 'no-cycle', source: "export { a } from './cycle.ts';\nexport const b = 1;" },
  { file: 'test/unit/timer.ts', says: 'no-restricted-globals', source: 'setTimeout(() => undefined, 5);' },
  {
    file: 'journal/floating.ts',
    says: 'no-floating-promises',
    source: 'const late = async (): Promise<void> => {};\nlate();',
  },
  {
    file: 'journal/misused.ts',
    says: 'no-misused-promises',
    source: "import { EventEmitter } from 'node:events';\nnew EventEmitter().on('x', async () => {});",
  },
];

const folder = mkdtempSync(join(tmpdir(), 'klawing-canary-'));
let said: readonly string[] = [];

beforeAll(() => {
  for (const file of ['tsconfig.json', 'package.json']) copyFileSync(file, join(folder, file));
  writeFileSync(join(folder, '.oxlintrc.json'), JSON.stringify(CONFIG));
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  for (const { file, source } of CANARIES) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    writeFileSync(join(folder, file), `${source}\n`);
  }
  const words = [resolve('node_modules/oxlint/bin/oxlint'), '--type-aware', '--quiet', '-f', 'unix'];
  said = spawnSync(process.execPath, words, { cwd: folder, encoding: 'utf8' }).stdout.split('\n');
});

afterAll(() => rmSync(folder, { recursive: true }));

describe.for(CANARIES)('$file: $source', ({ file, says }) => {
  test(says === undefined ? 'passes the linter' : `is caught by ${says}`, () => {
    const lines = said.filter((line) => line.startsWith(`${file}:`));
    if (says === undefined) expect(lines).toEqual([]);
    else expect(lines.join('\n')).toContain(says);
  });
});
