import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEnd } from '#test/support/processes/at-end.ts';
import { TREE } from '#test/support/processes/tree-root.ts';

export interface KlawingOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Where it runs; settings are looked for there. */
  readonly folder: string;
  /** Another tree than the one of the tests. */
  readonly tree?: string | undefined;
}

/** End of a process: with a status of its own, or by a signal. */
export interface Ending {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One `klawing …` as a process of its own. */
export interface Klawing {
  readonly pid: number;
  readonly out: () => string;
  /** Standard error: the log, and the messages of verbs. */
  readonly err: () => string;
  readonly isRunning: () => boolean;
  readonly ended: Promise<Ending>;
  /** Whether it runs, or how it ended, in words. */
  readonly state: () => string;
  readonly signal: (name: NodeJS.Signals) => void;
  /** Ends it and whatever it started, at once. */
  readonly destroy: () => Promise<void>;
}

/** Nothing of the surroundings may reach the processes under test by their settings. */
const cleanEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('KLAWING_') && name !== 'NODE_OPTIONS'),
  );

const gather = (child: ChildProcess): { out: () => string; err: () => string } => {
  const texts = { out: '', err: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (texts.out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (texts.err += text));
  return { out: () => texts.out, err: () => texts.err };
};

/** Starts `klawing` with these arguments in a process group of its own. The caller destroys it. */
export const startKlawing = (args: readonly string[], { env = {}, folder, tree = TREE }: KlawingOptions): Klawing => {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(tree, 'klawing.ts'), ...args], {
    cwd: folder,
    // compiling the same sources again and again would be most of what these tests do
    env: { ...cleanEnvironment(), NODE_COMPILE_CACHE: join(tmpdir(), 'klawing-compile-cache'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const texts = gather(child);
  let isRunning = true;
  let state = 'running';
  const ended = new Promise<Ending>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve({ status, signal }));
    child.once('exit', (status, signal) => {
      isRunning = false;
      state = `ended by ${signal ?? `status ${status}`}`;
    });
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('node could not be started');
  return {
    pid,
    ...texts,
    isRunning: () => isRunning,
    state: () => state,
    ended,
    signal: (name) => void child.kill(name),
    destroy: async () => {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // the whole group is gone already
      }
      await ended.catch(() => undefined);
    },
  };
};

/** Result of one verb. */
export interface Outcome {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs one verb to its end; it does not outlive the running test. */
export const runKlawing = async (args: readonly string[], options: KlawingOptions): Promise<Outcome> => {
  const running = startKlawing(args, options);
  atEnd(() => running.destroy());
  const { status } = await running.ended;
  return { status, out: running.out(), err: running.err() };
};

/** Processes that were started by a process and still run, with their command lines. */
export const childrenOf = (pid: number): readonly { readonly pid: number; readonly command: string }[] => {
  try {
    const ids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
    return ids.map((id) => ({ pid: id, command: readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ') }));
  } catch {
    return []; // it ended while we looked
  }
};
