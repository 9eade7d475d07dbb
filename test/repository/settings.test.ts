import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { VARIABLES } from '#cli/environment.ts';
import { Settings } from '#cli/settings.ts';
import { DuckDbSettings } from '#storage/readings/duckdb/settings.ts';
import { InfluxSettings } from '#storage/readings/influx/settings.ts';

const page = readFileSync('docs/operating.md', 'utf8');
/** Without the blocks of commands, whose fences would turn the quotes of everything behind them around. */
const prose = page.replaceAll(/^```.*?^```$/gms, '');
const documented = new Set([...prose.matchAll(/`([^`]+)`/g)].map(([, text]) => text));

/** Keys of a settings tree with dots, down to what is a value: a text, a number, a span, a list. */
const keysOf = (tree: object, prefix = ''): readonly string[] =>
  Object.entries(tree).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && !('ms' in value)
      ? keysOf(value, `${prefix}${key}.`)
      : [`${prefix}${key}`],
  );

describe('docs/operating.md', () => {
  test('names every variable of the environment, and no other', () => {
    const mentioned = new Set(page.match(/KLAWING_[A-Z_]*[A-Z]/g));
    expect([...mentioned].toSorted()).toEqual(VARIABLES.map(({ name }) => name).toSorted());
  });

  test('names every key that a variable sets', () => {
    for (const { keys } of VARIABLES) for (const key of keys) expect(documented).toContain(key);
  });

  test('names every setting that has a default', () => {
    for (const key of keysOf(Settings.parse({}))) expect(documented).toContain(key);
  });

  test('names every setting of every store', () => {
    for (const schema of [DuckDbSettings, InfluxSettings]) {
      for (const key of Object.keys(schema.shape)) expect(documented).toContain(`store.${key}`);
    }
  });
});
