import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { startProgram } from '#bench/peers/child.ts';
import { eventually } from '#test/support/eventually.ts';
import { WAIT } from '#test/support/limits.ts';
import { freePort } from '#test/support/servers/free-port.ts';
import { startInfluxd } from '#test/support/servers/influxd.ts';

/** Device of the messages that show whether a collector has subscribed; they are not counted. */
export const PROBE_DEVICE = 'probe';

const DATABASE = 'klawing';
const ORGANIZATION = 'klawing';

/** Access of a writer. */
export interface InfluxAccess {
  readonly url: string;
  /** The database of 1.x, the bucket of 2.x. */
  readonly database: string;
  /** Token of 2.x; undefined for 1.x. */
  readonly token: string | undefined;
  readonly organization: string;
}

/** An InfluxDB of one run. */
export interface InfluxServer {
  readonly version: string;
  readonly access: InfluxAccess;
  readonly pid: number;
  /** Number of points that were written, of all measurements: a counter of 1.x; for 2.x a count of this field. */
  written(field: string): Promise<number>;
  /** Number of points of the measurement `air` with this field, of one device or of all but the probe, by a count in the store. */
  count(field: string, device?: string): Promise<number>;
  stop(): Promise<void>;
}

const Version = /InfluxDB (?:v|version )?(\d+)\.(\S+)/;

/** The version of a program. */
const versionOf = (program: string): { readonly major: number; readonly full: string } => {
  const text = execFileSync(program, ['version'], { encoding: 'utf8' });
  const [, major = '1', rest = '?'] = Version.exec(text) ?? [];
  return { major: Number(major), full: `${major}.${rest}` };
};

const headersOf = ({ token }: InfluxAccess): Record<string, string> =>
  token === undefined ? {} : { authorization: `Token ${token}` };

const request = async (access: InfluxAccess, path: string, init: RequestInit = {}): Promise<Response> => {
  const headers = { ...headersOf(access), 'content-type': 'application/json' };
  const answer = await fetch(`${access.url}${path}`, { ...init, headers, signal: AbortSignal.timeout(WAIT.ms) });
  if (!answer.ok) throw new Error(`InfluxDB answered ${answer.status} to ${path}: ${await answer.text()}`);
  return answer;
};

const Counted = z.object({
  results: z.array(
    z.object({ series: z.array(z.object({ values: z.array(z.tuple([z.unknown(), z.number()])) })).optional() }),
  ),
});

const count = async (access: InfluxAccess, field: string, device?: string): Promise<number> => {
  const which = device === undefined ? `"device" <> '${PROBE_DEVICE}'` : `"device" = '${device}'`;
  const query = new URLSearchParams({ db: access.database, q: `SELECT count("${field}") FROM "air" WHERE ${which}` });
  const { results } = Counted.parse(await (await request(access, `/query?${query}`)).json());
  return results[0]?.series?.[0]?.values[0]?.[1] ?? 0;
};

const Variables = z.looseObject({ write: z.object({ values: z.object({ pointReq: z.number() }) }) });

const start1 = async (program: string, folder: string, version: string): Promise<InfluxServer> => {
  const server = await startInfluxd(folder, false, program);
  const access = { url: server.url, database: DATABASE, token: undefined, organization: ORGANIZATION };
  await request(access, `/query?${new URLSearchParams({ q: `CREATE DATABASE "${DATABASE}"` })}`, { method: 'POST' });
  return {
    version,
    access,
    pid: server.pid,
    written: async () => Variables.parse(await (await request(access, '/debug/vars')).json()).write.values.pointReq,
    count: (field, device) => count(access, field, device),
    stop: () => server.stop(),
  };
};

/** InfluxDB 2.x after its documentation ("influxd configuration options", "POST /api/v2/setup"). */
const start2 = async (program: string, folder: string, version: string): Promise<InfluxServer> => {
  const port = await freePort();
  const child = startProgram(program, ['run'], {
    INFLUXD_BOLT_PATH: join(folder, 'influxd.bolt'),
    INFLUXD_SQLITE_PATH: join(folder, 'influxd.sqlite'),
    INFLUXD_ENGINE_PATH: join(folder, 'engine'),
    INFLUXD_HTTP_BIND_ADDRESS: `127.0.0.1:${port}`,
    INFLUXD_REPORTING_DISABLED: 'true',
    INFLUXD_LOG_LEVEL: 'error',
  });
  const token = randomBytes(16).toString('hex');
  const access = { url: `http://127.0.0.1:${port}`, database: DATABASE, token, organization: ORGANIZATION };
  const setup = { username: 'bench', password: token, token, org: ORGANIZATION, bucket: DATABASE };
  await eventually(async () => {
    child.check();
    await request({ ...access, token: undefined }, '/health');
  });
  const body = JSON.stringify(setup);
  await request({ ...access, token: undefined }, '/api/v2/setup', { method: 'POST', body });
  return {
    version,
    access,
    pid: child.pid,
    written: (field) => count(access, field),
    count: (field, device) => count(access, field, device),
    stop: child.stop,
  };
};

/** Starts an InfluxDB 1.x or 2.x in an empty folder. */
export const startInfluxServer = (program: string, folder: string): Promise<InfluxServer> => {
  const { major, full } = versionOf(program);
  if (major > 2) throw new Error(`InfluxDB ${full} is not supported here; name a 1.x or 2.x`);
  return major === 2 ? start2(program, folder, full) : start1(program, folder, full);
};
