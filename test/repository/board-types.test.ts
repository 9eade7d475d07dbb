import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generatedBoards } from '#test/support/builders/boards.ts';

/**
 * The SDK's types for dashboards and each kind of panel, with enumerations as the texts that stand in JSON. The SDK has
 * no type for a query of InfluxDB, so that one is written out.
 */
const TYPES = `
import type { Dashboard, FieldConfig, FieldConfigSource, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';
import type * as geomap from '@grafana/grafana-foundation-sdk/geomap';
import type * as stat from '@grafana/grafana-foundation-sdk/stat';
import type * as table from '@grafana/grafana-foundation-sdk/table';
import type * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

type Plain<T> = 0 extends 1 & T ? T
  : T extends string ? \`\${T}\`
  : T extends (infer U)[] ? Plain<U>[]
  : T extends object ? { [K in keyof T]: Plain<T[K]> }
  : T;

interface Query {
  refId: string;
  query: string;
  rawQuery: true;
  resultFormat: 'time_series' | 'table';
  alias?: string;
  datasource: { type: 'influxdb'; uid: string };
}
type Kind<Type, Options, Custom> = Omit<Plain<Panel>, 'type' | 'options' | 'targets' | 'fieldConfig'> & {
  type: Type;
  options: Plain<Options>;
  targets: Query[];
  fieldConfig: Omit<Plain<FieldConfigSource>, 'defaults'> & {
    defaults: Omit<Plain<FieldConfig>, 'custom'> & { custom?: Plain<Custom> };
  };
};
type AnyPanel =
  | Kind<'timeseries', timeseries.Options, timeseries.FieldConfig>
  | Kind<'stat', stat.Options, never>
  | Kind<'table', table.Options, table.FieldConfig>
  | Kind<'geomap', geomap.Options, never>
  | Plain<RowPanel>;
export type Board = Omit<Plain<Dashboard>, 'panels'> & { panels: AnyPanel[] };
`;

const OPTIONS = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'esnext'];
OPTIONS.push('--allowImportingTsExtensions', '--types', '');

const folder = mkdtempSync(join(tmpdir(), 'klawing-boards-'));

beforeAll(() => {
  copyFileSync('package.json', join(folder, 'package.json'));
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'types.ts'), TYPES);
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Errors of the compiler for boards as literals. */
const complaintsOf = (file: string, texts: readonly string[]): string => {
  const literals = texts.map((text, i) => `export const board${i}: Board = ${text};`);
  writeFileSync(join(folder, file), ["import type { Board } from './types.ts';", ...literals].join('\n'));
  try {
    execFileSync(process.execPath, [resolve('node_modules/typescript/bin/tsc'), ...OPTIONS, file], {
      cwd: folder,
      encoding: 'utf8',
    });
    return '';
  } catch (error) {
    return error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error);
  }
};

test('the generated boards are of the types that the SDK has for dashboards and panels', () => {
  expect(
    complaintsOf(
      'boards.ts',
      generatedBoards().map(({ text }) => text),
    ),
  ).toBe('');
});

test('a board that is not of those types is noticed', () => {
  const [board] = generatedBoards();
  const text = board?.text ?? '';
  const wrong = [
    text.replace('"colorMode": "background_solid"', '"colorMode": "loud"'),
    text.replace('"schemaVersion": 42', '"schemaVersion": "42"'),
    text.replace('"showHeader"', '"showHat"'),
  ];
  for (const [index, each] of wrong.entries()) {
    expect(each, String(index)).not.toBe(text);
    expect(complaintsOf(`wrong-${index}.ts`, [each])).toMatch(/error TS/);
  }
});
