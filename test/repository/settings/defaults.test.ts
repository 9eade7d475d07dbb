import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { refreshExample, refreshTables, SETTINGS } from './defaults.ts';

describe('variables and defaults are those of the program (npm run settings writes them):', () => {
  test('config/klawing.yaml', () => {
    const text = readFileSync('config/klawing.yaml', 'utf8');
    expect(refreshExample(text)).toBe(text);
  });

  test('docs/operating.md', () => {
    const page = readFileSync('docs/operating.md', 'utf8');
    expect(refreshTables(page)).toBe(page);
  });
});

test('an old default is replaced, in the example and in a table', () => {
  const { usual } = SETTINGS.get('broker.mqttPort') ?? {};
  expect(usual).toBe(1_883);
  expect(refreshExample('#broker:\n##  Plain MQTT.\n#  mqttPort: 1\n')).toBe(
    '#broker:\n##  Plain MQTT.\n#  mqttPort: 1883\n',
  );
  expect(refreshExample('#store:\n#  kind: duckdb\n#  memoryLimit: 1MiB\n')).toContain('#  memoryLimit: 128MiB\n');
  expect(refreshTables('| `KLAWING_OLD` | `broker.mqttPort` | `1` | plain MQTT |')).toBe(
    '| `KLAWING_MQTT_PORT` | `broker.mqttPort` | `1883` | plain MQTT |',
  );
});
