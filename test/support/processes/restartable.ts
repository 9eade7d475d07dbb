import { spawn } from 'node:child_process';

/** A server that a test can take away and bring back. */
export interface RestartableProcess {
  /** 0 when it could not be started. */
  pid(): number;
  kill(): Promise<void>;
  stop(): Promise<void>;
  /** Halts the process, so that it answers nothing until `resume`. */
  stall(): void;
  resume(): void;
  restart(): Promise<void>;
}

/** Starts a program and waits until it is ready, now and at each restart. */
export const startRestartable = async (
  program: string,
  args: readonly string[],
  untilReady: () => Promise<void>,
): Promise<RestartableProcess> => {
  const spawnOne = async () => {
    const child = spawn(program, [...args], { stdio: 'ignore' });
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
    await untilReady();
    return { child, ended };
  };
  let running = await spawnOne();
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    running.child.kill(signal);
    await running.ended;
  };
  return {
    pid: () => running.child.pid ?? 0,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    stall: () => void running.child.kill('SIGSTOP'),
    resume: () => void running.child.kill('SIGCONT'),
    restart: async () => {
      running = await spawnOne();
    },
  };
};
