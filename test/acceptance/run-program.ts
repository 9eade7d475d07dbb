import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import process from 'node:process';

/** Runs a program of Node, whose output goes to the log of the round. Gives its end, and the first line of the log of this form. */
export const runProgram = async (
  log: string,
  args: readonly string[],
  form: RegExp,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly hasPassed: boolean; readonly line: string | undefined }> => {
  const output = openSync(log, 'w');
  try {
    const child = spawn(process.execPath, args, { stdio: ['ignore', output, output], env: { ...process.env, ...env } });
    const [status] = await once(child, 'exit');
    return { hasPassed: status === 0, line: form.exec(readFileSync(log, 'utf8'))?.[0].trim() };
  } finally {
    closeSync(output);
  }
};
