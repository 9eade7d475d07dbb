import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { CHANNELS } from '#alerter/notify/channels/index.ts';
import { CONDITIONS } from '#alerter/rules/conditions/index.ts';
import { VERBS } from '#cli/verbs/index.ts';
import { OWN_BOARDS } from '#dashboards/grafana/boards/index.ts';
import { MISHAPS } from '#firmware-sim/mishaps/index.ts';
import { SCENARIOS } from '#firmware-sim/scenarios/index.ts';
import { CHECKS, SERIES_CHECKS } from '#ingest/qualify/checks/index.ts';
import { CODECS } from '#model/codecs/index.ts';
import { FAMILIES } from '#model/families/index.ts';
import { FAULTS } from '#test/soak/faults/index.ts';

interface Register {
  readonly folder: string;
  readonly things: readonly { readonly name: string }[];
}

/** A register that lists things by name. A new register is one line here. */
const REGISTERS: readonly Register[] = [
  { folder: 'model/families', things: FAMILIES },
  { folder: 'model/codecs', things: CODECS },
  { folder: 'ingest/qualify/checks', things: [...CHECKS, ...SERIES_CHECKS] },
  { folder: 'alerter/rules/conditions', things: CONDITIONS },
  { folder: 'alerter/notify/channels', things: CHANNELS },
  { folder: 'firmware-sim/mishaps', things: MISHAPS },
  { folder: 'dashboards/grafana/boards', things: OWN_BOARDS },
  { folder: 'firmware-sim/scenarios', things: SCENARIOS },
  { folder: 'test/soak/faults', things: FAULTS },
];

/** Folders whose `index.ts` names every file beside it; some start things instead of listing them. */
const FOLDERS = [...REGISTERS.map(({ folder }) => folder), 'test/acceptance/rounds'];

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isFile() && entry.name.endsWith('.ts') && entry.name !== 'index.ts' ? [entry.name] : [],
  );

describe.for(FOLDERS)('the register of %s', (folder) => {
  test('names every file of its folder', () => {
    const register = readFileSync(join(folder, 'index.ts'), 'utf8');
    for (const file of filesIn(folder)) expect(register, file).toContain(`from './${file}'`);
  });
});

test('the register of stores names every engine', () => {
  const register = readFileSync('storage/readings/index.ts', 'utf8');
  const engines = readdirSync('storage/readings', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of engines) expect(register).toContain(`from './${name}/${name}.ts'`);
});

describe.for(REGISTERS)('the things in $folder', ({ folder, things }) => {
  test('are one for every file, under the name of the file', async () => {
    expect(things.map(({ name }) => name).toSorted()).toEqual(
      filesIn(folder)
        .map((file) => basename(file, '.ts'))
        .toSorted(),
    );
    for (const file of filesIn(folder)) {
      const exported: unknown = await import(pathToFileURL(join(folder, file)).href);
      const values = Object.values(Object(exported));
      expect(
        things.some((thing) => values.includes(thing)),
        file,
      ).toBe(true);
    }
  });

  test('have names that are unique and fit into a topic and a column', () => {
    const names = things.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9-]{0,31}$/);
  });
});

test('each quality test has a page, which names its function', () => {
  for (const { name } of [...CHECKS, ...SERIES_CHECKS]) {
    const page = readFileSync(`docs/methods/quality/${name}.md`, 'utf8');
    const [, file] = /^Function: `([^`]+)`/m.exec(page) ?? [];
    expect(readFileSync(file ?? '', 'utf8'), name).not.toBe('');
    expect(readFileSync('docs/quality.md', 'utf8')).toContain(`(methods/quality/${name}.md)`);
  }
});

describe('the command line', () => {
  const isVerb = (file: string): boolean => / Verb = \{$/m.test(readFileSync(join('cli/verbs', file), 'utf8'));

  test('has one verb for each file in cli/verbs/ that defines one, under the name of the file', () => {
    const files = filesIn('cli/verbs').filter(isVerb);
    expect(VERBS.map(({ name }) => name).toSorted()).toEqual(files.map((file) => basename(file, '.ts')).toSorted());
  });

  test('shows an example of every verb', () => {
    for (const { name, examples } of VERBS) expect(examples.join('\n'), name).toContain(`klawing ${name}`);
  });
});
