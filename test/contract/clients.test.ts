import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { aBatch, aReading, MORNING, never } from '#test/support/builders/readings.ts';
import { READER, type TestApi, testApi } from '#test/support/servers/api.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const run = promisify(execFile);

/** The example in a language on the page about clients. */
const exampleIn = (language: string): string => {
  const page = readFileSync('docs/clients.md', 'utf8');
  const [, text] = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(page) ?? [];
  if (text === undefined) throw new Error(`docs/clients.md has no example in ${language}`);
  return text;
};

const COUNT = 2_500;
const SPAN = ['2026-11-24T00:00:00Z', '2026-11-24T03:00:00Z'] as const;

const withReadings = async (): Promise<TestApi> => {
  const api = await testApi({}, {}, 'beating');
  const readings = Array.from({ length: COUNT }, (_, i) =>
    aReading({ observedAt: MORNING - 1_000 * (i + 1), value: i }),
  );
  await api.store.write(aBatch(readings), never);
  return api;
};

/** Runs a program that reads everything and then waits for one event, which is published until it has come. */
const output = async (api: TestApi, program: string, args: readonly string[]): Promise<string> => {
  const child = spawn(program, [...args, api.url, READER, 'ST1', ...SPAN]);
  onTestFinished(() => void child.kill());
  let text = '';
  let isOver = false;
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.on('close', () => (isOver = true));
  await eventually(() => {
    const { observedAt, ...reading } = aReading({ observedAt: MORNING, value: 12.5 });
    if (api.live.isHeard())
      api.live.latest([{ ...reading, family: 'air', station: 'ST1', observedAt, receivedAt: MORNING }]);
    expect(isOver, text).toBe(true);
  });
  return text;
};

const SAYS = new RegExp(`^${COUNT} readings, the last at 2026-11-24T02:59:59.000Z\nevent .*"value": ?12.5`);

test('a TypeScript client made by @hey-api/openapi-ts compiles, reads, pages and follows events', async () => {
  const api = await withReadings();
  const folder = tempFolder();
  const at = (...path: readonly string[]): string => join(folder, ...path);
  writeFileSync(at('openapi.json'), await (await api.get('/openapi.json')).text());
  writeFileSync(at('package.json'), '{"type": "module"}');
  symlinkSync(join(process.cwd(), 'node_modules'), at('node_modules'));
  const generator = join(process.cwd(), 'node_modules/@hey-api/openapi-ts/dist/run.mjs');
  const preload = join(process.cwd(), 'test/support/processes/with-typescript-5.ts');
  const make = ['--import', preload, generator, '-i', at('openapi.json'), '-o', at('klawing'), '--no-log-file'];
  await run(process.execPath, make, { cwd: folder });
  writeFileSync(at('example.ts'), exampleIn('ts'));
  const options = ['--strict', '--module', 'nodenext', '--target', 'es2024', '--lib', 'es2024,dom,dom.iterable'];
  const compile = [...options, '--types', 'node', '--outDir', at('out'), at('example.ts')];
  mkdirSync(at('out'));
  writeFileSync(at('out', 'package.json'), '{"type": "module"}');
  await run(join(process.cwd(), 'node_modules/.bin/tsc'), compile, { cwd: folder });
  expect(await output(api, process.execPath, [at('out', 'example.js')])).toMatch(SAYS);
});

describe.skipIf(!existsSync('/usr/bin/python3'))('the Python example', () => {
  test('reads, pages and follows events', async () => {
    const file = join(tempFolder(), 'example.py');
    writeFileSync(file, exampleIn('python'));
    expect(await output(await withReadings(), '/usr/bin/python3', [file])).toMatch(SAYS);
  });
});
