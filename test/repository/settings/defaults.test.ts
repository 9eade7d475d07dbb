import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { refreshPage, writeExample, writeTable } from './defaults.ts';
import { keysOf, SETTINGS_SCHEMA, type SettingsNode } from './schema.ts';

describe('settings are shown as the schemas have them (npm run settings writes them):', () => {
  test('config/klawing.yaml', () => {
    expect(readFileSync('config/klawing.yaml', 'utf8')).toBe(writeExample());
  });

  test('docs/operating.md', () => {
    const page = readFileSync('docs/operating.md', 'utf8');
    expect(page).toContain('| `KLAWING_MQTT_PORT` | `broker.mqttPort` | `1883` | Port of plain MQTT. |');
    expect(refreshPage(page)).toBe(page);
  });
});

test('the table has a row for every setting, and each row says its meaning', () => {
  const rows = writeTable().split('\n').slice(2, -1);
  const shown = rows.map((row) => row.split(' | ')[1]?.replaceAll('`', '') ?? '');
  const settings = keysOf(SETTINGS_SCHEMA).filter((key) => key !== 'alerts.channels');
  expect(new Set(shown.filter((key) => !key.startsWith('alerts.channels.')))).toEqual(new Set(settings));
  for (const row of rows) expect(row).toMatch(/\| [A-Za-z][^|]+[.] \|$/);
});

/** Values of a schema with their places: each shows a default or an example. */
const valuesIn = (node: SettingsNode, path = ''): readonly (readonly [string, SettingsNode])[] => {
  const { properties = {}, oneOf = [], additionalProperties } = node;
  const entries = typeof additionalProperties === 'object' ? (additionalProperties.oneOf ?? []) : [];
  const below = [
    ...Object.entries(properties).flatMap(([key, part]) => valuesIn(part, `${path}.${key}`)),
    ...[...oneOf, ...entries].flatMap((kind) => valuesIn(kind, path)),
  ];
  return below.length === 0 ? [[path, node]] : below;
};

test.for(valuesIn(SETTINGS_SCHEMA))('%s has a default or an example', ([, node]) => {
  expect(node.const ?? node.default ?? node.examples?.[0]).toBeDefined();
});

test('an old table is replaced and the text around it stays', () => {
  const old =
    'Before.\n\n| Variable | Key | Default | Meaning |\n|---|---|---|---|\n| – | `old` | `1` | old |\n\nAfter.\n';
  expect(refreshPage(old)).toBe(`Before.\n\n${writeTable()}\nAfter.\n`);
});
