import { type ChildProcess, spawn } from 'node:child_process';
import { ENTRY, MEMORY_POOLS, nodeFlags, STATUS } from './process.ts';
import type { Clock } from '#model/base/clock.ts';
import { type Duration, milliseconds, seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Log } from '#model/base/log.ts';

/** Pause before the first restart. */
const FIRST_PAUSE = milliseconds(500);
const LONGEST_PAUSE = seconds(30);
/** After a run of this length the next pause is the first one again. */
const GOOD_RUN = seconds(60);
/** A part that ran for this long has started correctly. */
const WORKED = seconds(10);
/** Time for a child to drain after SIGTERM before it is killed. */
export const GRACE = seconds(20);

export interface Supervised {
  readonly name: string;
  /** Arguments behind `klawing`. */
  readonly args: readonly string[];
}

export interface Supervisor {
  /**
   * Rejects when a child ended for a reason that a restart cannot repair: with the Fault `SETTING_INVALID` for a setting,
   * else with `SERVICE_STOPPED`.
   */
  readonly failed: Promise<never>;
  /** Process id of a child that runs. */
  pidOf(name: string): number | undefined;
  /** Sends SIGTERM to all in reverse order of start and waits for each. Safe to call twice. */
  stop(): Promise<void>;
}

/** The signal is that of a crash in native code, or of the system when memory runs out: the process logs neither. */
interface ProcessEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface SupervisedRun {
  readonly child: ChildProcess;
  readonly ended: Promise<ProcessEnd>;
}

const start = ({ args }: Supervised): SupervisedRun => {
  const env = { ...process.env, ...MEMORY_POOLS };
  const child = spawn(process.execPath, [...nodeFlags(args[0] ?? ''), ENTRY, ...args], {
    // the channel carries no messages: when it closes, the child knows that its supervisor has died
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env,
  });
  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once('exit', (status, signal) => resolve({ status, signal }));
    child.once('error', () => resolve({ status: null, signal: null }));
  });
  return { child, ended };
};

const pauseAfter = (failures: number): Duration =>
  milliseconds(Math.min(LONGEST_PAUSE.ms, FIRST_PAUSE.ms * 2 ** (failures - 1)));

/** Keeps the given processes running, each restarted with back-off when it ends. */
export const supervise = (
  parts: readonly Supervised[],
  deps: { readonly clock: Clock; readonly log: Log },
): Supervisor => {
  const { clock, log } = deps;
  const stopping = new AbortController();
  const running = new Map<string, SupervisedRun>();
  let fail: (error: Fault) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined);

  const keepRunning = async (part: Supervised): Promise<void> => {
    let hasWorked = false;
    for (let failures = 0; !stopping.signal.aborted; ) {
      const startedAt = clock.monotonic();
      const run = start(part);
      running.set(part.name, run);
      const { status, signal } = await run.ended;
      running.delete(part.name);
      if (stopping.signal.aborted) return;
      const ranFor = clock.monotonic() - startedAt;
      hasWorked ||= ranFor > WORKED.ms;
      // a setting that became invalid after the start must not stop the other process
      if ((status === STATUS.usage || status === STATUS.notRestartable) && !hasWorked) {
        const code = status === STATUS.usage ? 'SETTING_INVALID' : 'SERVICE_STOPPED';
        fail(new Fault(code, `${part.name} could not start; see its message above`));
        return;
      }
      failures = ranFor > GOOD_RUN.ms ? 1 : failures + 1;
      const pause = pauseAfter(failures);
      log.error('process ended, restarting', { process: part.name, status, signal, inMs: pause.ms });
      await clock.sleep(pause, stopping.signal);
    }
  };

  const loops = parts.map((part) => ({ part, loop: keepRunning(part) }));
  return {
    failed,
    pidOf: (name) => running.get(name)?.child.pid,
    stop: async () => {
      stopping.abort();
      for (const { part, loop } of loops.toReversed()) {
        const run = running.get(part.name);
        run?.child.kill('SIGTERM');
        const kill = clock.after(GRACE, () => run?.child.kill('SIGKILL'));
        await loop;
        kill.stop();
      }
    },
  };
};
