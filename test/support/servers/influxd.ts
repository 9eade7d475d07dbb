import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '#test/support/eventually.ts';
import { WAIT } from '#test/support/limits.ts';
import { freePort } from './free-port.ts';

const BINARY = '/usr/bin/influxd';

/** Debian's InfluxDB 1.6.7 is on this machine. Where it is not, what needs it is skipped and says so. */
export const hasInfluxd = existsSync(BINARY);

/** Options of vitest for suites that use it: they cannot run under a clock that libfaketime moves. */
export const ON_INFLUXD = { tags: ['influxd'] };

/** A real InfluxDB 1.6.7 of a test's own, on loopback. */
export interface Influxd {
  readonly url: string;
  readonly pid: number;
  /** Ends it with SIGKILL, as a power cut would. */
  kill(): Promise<void>;
  /** Ends it in good order. */
  stop(): Promise<void>;
  /** Starts it again on the same port and folder. */
  restart(): Promise<void>;
}

const configOf = (folder: string, port: number, rpcPort: number, hasAuth: boolean): string => `
reporting-disabled = true
bind-address = "127.0.0.1:${rpcPort}"
[meta]
  dir = "${join(folder, 'meta')}"
[data]
  dir = "${join(folder, 'data')}"
  wal-dir = "${join(folder, 'wal')}"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
  auth-enabled = ${hasAuth}
[subscriber]
  enabled = false
[continuous_queries]
  enabled = false
[logging]
  level = "error"
`;

/** Starts InfluxDB 1.x in a folder and waits until it answers. The caller stops it. */
export const startInfluxd = async (folder: string, hasAuth = false, program = BINARY): Promise<Influxd> => {
  const [port, rpcPort] = [await freePort(), await freePort()];
  const config = join(folder, 'influxdb.conf');
  writeFileSync(config, configOf(folder, port, rpcPort, hasAuth));
  const url = `http://127.0.0.1:${port}`;

  const spawnOne = async () => {
    const child = spawn(program, ['-config', config], { stdio: 'ignore' });
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
    await eventually(async () => {
      const { status } = await fetch(`${url}/ping`, { signal: AbortSignal.timeout(WAIT.ms) });
      if (status !== 204) throw new Error(`/ping answered ${status}`);
    });
    return { child, ended };
  };

  let running = await spawnOne();
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    running.child.kill(signal);
    await running.ended;
  };
  return {
    url,
    get pid() {
      return running.child.pid ?? 0;
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    restart: async () => {
      running = await spawnOne();
    },
  };
};
