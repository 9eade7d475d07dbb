import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { playAgainst } from '#bench/compare/against.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

/** A checkout whose bench notes its turn in a file and reports one figure. */
const checkout = (root: string, name: string, body: string): string => {
  const folder = join(root, name);
  mkdirSync(join(folder, 'bench'), { recursive: true });
  writeFileSync(
    join(folder, 'bench', 'run.ts'),
    `import { appendFileSync } from 'node:fs';
appendFileSync(${JSON.stringify(join(root, 'turns'))}, '${name} ' + process.argv.slice(2).join(' ') + '\\n');
${body}`,
  );
  return folder;
};

const reporting = (rate: number): string =>
  `console.log(JSON.stringify({ machine: {}, rows: [{ row: 'ack', setting: '', figures: [{ name: 'rate', value: ${rate}, unit: 'msg/s', met: true }], notes: [] }] }));`;

const silent = { rounds: 2, args: ['--seconds', '3'], say: () => undefined };

describe('two checkouts', () => {
  test('play a row by turns, each first in every other round', async () => {
    const root = tempFolder();
    appendFileSync(join(root, 'turns'), '');
    const before = checkout(root, 'before', reporting(100));
    const after = checkout(root, 'after', reporting(150));
    const { figures } = await playAgainst('ack', { ...silent, before, after });
    expect(figures.map(({ name, value }) => [name, value])).toEqual([
      ['rate, before', 100],
      ['rate, after', 150],
      ['rate, after ÷ before', 1.5],
    ]);
    const words = 'ack --json --seconds 3';
    expect(readFileSync(join(root, 'turns'), 'utf8')).toBe(
      ['before', 'after', 'after', 'before'].map((name) => `${name} ${words}\n`).join(''),
    );
  });

  test('need a bench in both folders, and a report of it', async () => {
    const root = tempFolder();
    const before = checkout(root, 'before', reporting(100));
    const after = checkout(root, 'after', `console.error('Rows are a, b.'); process.exit(1);`);
    await expect(playAgainst('ack', { ...silent, before: root, after })).rejects.toThrow(`${root} has no bench/run.ts`);
    await expect(playAgainst('ack', { ...silent, before, after })).rejects.toThrow(
      /ended with status 1 and without a report:\nRows are a, b\./,
    );
  });
});
