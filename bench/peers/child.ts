import { spawn } from 'node:child_process';
import process from 'node:process';

/** A running program of a peer. */
export interface ProgramProcess {
  readonly pid: number;
  /** Fails when the program has ended; the message has its last lines. */
  check(): void;
  /** Ends it with SIGTERM. Safe to call twice. */
  stop(): Promise<void>;
}

const LAST_LINES = 20;

/** Starts a program and keeps the last lines of its output for an error. */
export const startProgram = (
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ProgramProcess => {
  const child = spawn(program, [...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let last: string[] = [];
  const listen = (chunk: Buffer): void => {
    last = [...last, ...chunk.toString().trimEnd().split('\n')].slice(-LAST_LINES);
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  let isOver = false;
  const ended = new Promise<void>((resolve) => {
    const over = (): void => {
      isOver = true;
      resolve();
    };
    child.once('exit', over);
    child.once('error', (error) => {
      last.push(error.message);
      over();
    });
  });
  return {
    pid: child.pid ?? 0,
    check: () => {
      if (isOver) throw new Error(`${program} has ended:\n${last.join('\n')}`);
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
};
