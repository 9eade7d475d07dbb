import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { z } from 'zod';

const Line = z.object({
  part: z.string(),
  msg: z.string(),
  error: z.object({ message: z.string(), stack: z.string() }),
});

const write = (call: string): string => {
  const program = `import { makeLog } from '#cli/log.ts'; makeLog({ level: 'info', part: 'test', isPretty: false }).${call}`;
  return spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' }).stderr;
};

test('a log line tells what an error said and where it was made', () => {
  const line = Line.parse(JSON.parse(write("error('it broke', { error: new TypeError('boom') })")));
  expect(line).toMatchObject({ part: 'test', msg: 'it broke', error: { message: 'boom' } });
  expect(line.error.stack).toContain('TypeError: boom');
});

test('a log line below its level is not written', () => {
  expect(write("debug('too small to tell')")).toBe('');
});
