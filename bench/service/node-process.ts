import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { LOOP_FILE } from './loop-delay.ts';
import { ENTRY, MEMORY_POOLS, nodeFlags } from '#cli/process.ts';
import { systemClock } from '#model/base/clock.ts';
import { seconds } from '#model/base/duration.ts';

/** Time limits of the start, and of the drain after SIGTERM. */
const START = seconds(60);
const GRACE = seconds(60);

const LOOP_MONITOR = new URL('loop-monitor.ts', import.meta.url).href;

const LogLine = z.looseObject({ level: z.number(), msg: z.string() });
type LogLine = z.infer<typeof LogLine>;
/** Levels of pino. */
const WARN = 40;
const ERROR = 50;

/** One process of Klawing, started as `klawing up` starts it. */
export interface PartProcess {
  readonly pid: number;
  /** Fields of its log line `ready`. */
  readonly ready: Readonly<Record<string, unknown>>;
  /** Messages of its warnings, with their numbers. */
  readonly warnings: ReadonlyMap<string, number>;
  /** Stops the process, with SIGKILL at once. Safe to call twice. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

export interface PartOptions {
  readonly part: 'broker' | 'ingest';
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Folder of its CPU profile. */
  readonly profile: string | undefined;
  /** Folder for the delays of its event loop. */
  readonly loops?: string | undefined;
}

const parse = (line: string): LogLine | undefined => {
  try {
    return LogLine.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined; // a line of Node.js itself
  }
};

const start = ({ part, folder, env, profile, loops }: PartOptions): ChildProcess => {
  const outside = Object.entries(process.env).filter(([name]) => !name.startsWith('KLAWING_'));
  const name = `${part}-${Math.round(systemClock.monotonic())}.cpuprofile`;
  const flags = profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profile, '--cpu-prof-name', name];
  const watch = loops === undefined ? {} : { [LOOP_FILE]: join(loops, part) };
  if (loops !== undefined) flags.push('--import', LOOP_MONITOR);
  return spawn(process.execPath, [...nodeFlags(part), ...flags, ENTRY, part], {
    cwd: folder,
    env: { ...Object.fromEntries(outside), KLAWING_DATA: folder, ...MEMORY_POOLS, ...env, ...watch },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
};

/** Starts a process and waits for its log line `ready`. */
export const startPart = async (options: PartOptions): Promise<PartProcess> => {
  const child = start(options);
  const ended = new Promise<void>((resolve) => void child.once('close', () => resolve()));
  const warnings = new Map<string, number>();
  const last: string[] = [];
  const ready = new Promise<LogLine>((resolve, reject) => {
    if (child.stderr === null) throw new Error('no standard error to read');
    createInterface({ input: child.stderr }).on('line', (text) => {
      const line = parse(text);
      last.push(text);
      if (last.length > 20) last.shift();
      if (line === undefined || line.level >= WARN) {
        const what = line?.msg ?? text;
        warnings.set(what, (warnings.get(what) ?? 0) + 1);
      }
      if (line !== undefined && line.level >= ERROR) process.stderr.write(`${text}\n`);
      if (line?.msg === `${options.part} ready`) resolve(line);
    });
    const fail = (): void => reject(new Error(`${options.part} did not become ready:\n${last.join('\n')}`));
    child.once('close', fail);
    systemClock.after(START, fail);
  });
  return {
    pid: child.pid ?? 0,
    ready: await ready,
    warnings,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      const kill = systemClock.after(GRACE, () => child.kill('SIGKILL'));
      await ended;
      kill.stop();
    },
  };
};
