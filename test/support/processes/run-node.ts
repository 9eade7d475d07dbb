import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

/** A script of `test/support` in a process of its own, killed when the running test has finished. */
export interface RunningScript {
  readonly process: ChildProcess;
  /** Everything it has written to standard output, line by line. */
  readonly lines: readonly string[];
  /** Resolves with all lines when it has ended, by itself or by a signal. */
  readonly ended: Promise<readonly string[]>;
}

/** @param wrapper a program that runs Node with its arguments, such as `strace` */
export const runScript = (name: string, args: readonly string[], wrapper: readonly string[] = []): RunningScript => {
  const script = fileURLToPath(new URL(name, import.meta.url));
  const [program = process.execPath, ...rest] = [...wrapper, process.execPath, script, ...args];
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  const output = createInterface({ input: child.stdout });
  output.on('line', (line) => lines.push(line));
  const ended = new Promise<readonly string[]>((resolve, reject) => {
    child.once('error', reject);
    output.once('close', () => resolve(lines));
  });
  return { process: child, lines, ended };
};
