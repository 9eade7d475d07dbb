import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { NASTY, UNPRINTABLE } from '#test/support/builders/hostile-text.ts';

const Line = z.object({
  part: z.string(),
  msg: z.string(),
  error: z.object({ message: z.string(), stack: z.string() }),
});

const write = (call: string, { isPretty = false, env = {} } = {}): string => {
  const program = `import { makeLog } from '#cli/output/log.ts'; const log = makeLog({ level: 'info', part: 'test', isPretty: ${isPretty} }); log.${call}`;
  const options = { encoding: 'utf8', env: { ...process.env, ...env } } as const;
  return spawnSync(process.execPath, ['--input-type=module', '--eval', program], options).stderr;
};

test('a log line tells what an error said and where it was made', () => {
  const line = Line.parse(JSON.parse(write("error('it broke', { error: new TypeError('boom') })")));
  expect(line).toMatchObject({ part: 'test', msg: 'it broke', error: { message: 'boom' } });
  expect(line.error.stack).toContain('TypeError: boom');
});

test('a log line below its level is not written', () => {
  expect(write("debug('too small to tell')")).toBe('');
});

test('an error that repeats writes a bounded number of lines, and each level has its own', () => {
  const lines = write(
    "error('it broke'); for (let i = 0; i < 5_000; i += 1) { log.error('again', { i }); log.warn('again') }",
  )
    .trimEnd()
    .split('\n');
  expect(lines.filter((line) => line.includes('"again"'))).toHaveLength(2 * 20);
  expect(lines).toHaveLength(1 + 2 * 20);
});

test('every alert of the channel "log" is written', () => {
  const lines = write(
    "warn('alert', { text: '0' }); for (let i = 1; i < 500; i += 1) log.warn('alert', { text: `${i}` })",
  );
  expect(lines.trimEnd().split('\n')).toHaveLength(500);
});

const HOSTILE = JSON.stringify(NASTY.join('|'));
const CALL = `warn('refused', { client: ${HOSTILE}, [${HOSTILE}]: 1, error: new TypeError(${HOSTILE}) })`;
const COLOUR = /\p{Cc}\[\d+m/gu;

test.for([
  { isPretty: false, env: {}, shape: 'as JSON' },
  { isPretty: true, env: { NO_COLOR: '1' }, shape: 'for people' },
  { isPretty: true, env: { FORCE_COLOR: '1' }, shape: 'for people, in colours' },
])('a log line $shape gives the terminal nothing that a client chose raw', ({ isPretty, env }) => {
  const text = write(CALL, { isPretty, env });
  expect(text).toContain('\\u202e');
  expect(text.replaceAll(COLOUR, '').replaceAll(/[\n\t]/g, '')).not.toMatch(UNPRINTABLE);
});

test('a log line as JSON holds what was logged', () => {
  const client = NASTY.join('|');
  const line: unknown = JSON.parse(write(`warn('refused', { client: ${HOSTILE} })`));
  expect(line).toMatchObject({ msg: 'refused', client });
});

test('a log line for people keeps the lines of a stack', () => {
  const text = write("error('it broke', { error: new TypeError('boom') })", { isPretty: true, env: { NO_COLOR: '1' } });
  expect(text).toMatch(/test: it broke\n/);
  expect(text).toMatch(/TypeError: boom\n +at /);
});
