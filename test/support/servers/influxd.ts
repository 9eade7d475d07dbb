import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '#test/support/eventually.ts';
import { WAIT } from '#test/support/limits.ts';
import { startRestartable } from '#test/support/processes/restartable.ts';
import { freePort } from './free-port.ts';

const BINARY = '/usr/bin/influxd';

/** Debian's InfluxDB 1.6.7 is on this machine. Where it is not, what needs it is skipped and says so. */
export const hasInfluxd = existsSync(BINARY);

/** Options of vitest for suites that use it: they cannot run under a clock that libfaketime moves. */
export const ON_INFLUXD = { tags: ['influxd'] };

/** An empty database or bucket, for Klawing and for the test itself. */
export interface InfluxPlace {
  /** Id of the bucket; the name of the database on 1.x. */
  readonly bucketId: string;
  /** Name for InfluxQL. */
  readonly database: string;
  /** Members of `store:`. */
  readonly settings: Readonly<
    Record<'url' | 'bucket', string> & Partial<Record<'org' | 'token' | 'writePath', string>>
  >;
  /** Headers for a request of the test. */
  readonly headers: Readonly<Record<string, string>>;
  /** Path with its parameters for writes of the test, in ms. */
  readonly writePath: string;
}

/** A real InfluxDB of a test. */
export interface InfluxServer {
  readonly url: string;
  place(name: string): Promise<InfluxPlace>;
  /** Answers no more, with every connection open, as after SIGSTOP. */
  stall(): void;
  resume(): void;
  /** Ends it with SIGKILL, as a power cut would. */
  kill(): Promise<void>;
  /** Ends it in good order. */
  stop(): Promise<void>;
  /** Starts it again on the same port and folder. */
  restart(): Promise<void>;
  /** Ends it for good, and leaves nothing of the test on a server that is not the test's own. */
  dispose(): Promise<void>;
}

/** Environment of Klawing for a place in an InfluxDB. */
export const environmentFor = ({ settings }: InfluxPlace): Readonly<Record<string, string>> => {
  const names = { url: 'URL', bucket: 'BUCKET', org: 'ORG', token: 'TOKEN', writePath: 'WRITE_PATH' } as const;
  const set = Object.entries(settings).flatMap(([key, value]) =>
    Object.entries(names).flatMap(([of, name]) => (of === key ? [[`KLAWING_INFLUX_${name}`, value]] : [])),
  );
  return { KLAWING_STORE: 'influx', ...Object.fromEntries(set) };
};

/** A real InfluxDB 1.6.7 of a test's own, on loopback. */
export interface Influxd extends InfluxServer {
  readonly pid: number;
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

  const server = await startRestartable(program, ['-config', config], () =>
    eventually(async () => {
      const { status } = await fetch(`${url}/ping`, { signal: AbortSignal.timeout(WAIT.ms) });
      if (status !== 204) throw new Error(`/ping answered ${status}`);
    }),
  );
  const { kill, stop, stall, resume, restart } = server;
  return {
    url,
    get pid() {
      return server.pid();
    },
    place: async (database) => ({
      bucketId: database,
      database,
      settings: { url, bucket: database, writePath: '/write' },
      headers: {},
      writePath: `/write?${new URLSearchParams({ db: database, precision: 'ms' })}`,
    }),
    stall,
    resume,
    kill,
    stop,
    dispose: kill,
    restart,
  };
};
