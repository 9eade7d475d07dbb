import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { env } from 'node:process';
import { z } from 'zod';
import { eventually } from '#test/support/eventually.ts';
import { WAIT } from '#test/support/limits.ts';
import { startRestartable } from '#test/support/processes/restartable.ts';
import { freePort } from '#test/support/servers/free-port.ts';
import type { InfluxPlace, InfluxServer } from '#test/support/servers/influxd.ts';
import { openTcpProxy } from '#test/support/servers/tcp-proxy.ts';

/** How a run of the tests names an InfluxDB 2.x: a binary that the tests start, or a server with a token for all of it. */
export const GIVEN = {
  binary: env['TEST_INFLUXD2'],
  url: env['TEST_INFLUX_URL'],
  token: env['TEST_INFLUX_TOKEN'],
  org: env['TEST_INFLUX_ORG'] ?? 'klawing',
};

export type Right = 'read' | 'write';

/** An administrator of an InfluxDB 2.x, by its HTTP API. */
export interface Influx2Admin {
  readonly org: string;
  makeBucket(name: string): Promise<string>;
  removeBucket(id: string): Promise<void>;
  /** A token with these rights in one bucket, and no others. */
  makeToken(bucket: string, rights: readonly Right[]): Promise<string>;
  /** An account for `/write` and `/query` by Basic auth, as `influx v1 auth create` makes it. */
  makeAccount(
    bucket: string,
    rights: readonly Right[],
    login: { readonly user: string; readonly password: string },
  ): Promise<void>;
  /** What `influx v1 dbrp create` does. */
  map(bucket: string, database: string): Promise<void>;
}

const WithId = z.object({ id: z.string() });
const SetupAnswer = z.object({ auth: z.object({ token: z.string() }) });
const Orgs = z.object({ orgs: z.tuple([WithId], WithId) });
const Authorization = z.object({ id: z.string(), token: z.string() });

const request = async (
  url: string,
  init: { readonly method: string; readonly token?: string; readonly body?: unknown },
): Promise<unknown> => {
  const { method, token, body } = init;
  const answer = await fetch(url, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Token ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(WAIT.ms),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url} answered ${answer.status}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
};

/** Sets a new server up, as `influx setup` does. Gives the token for all of it. */
export const setUpInflux2 = async (url: string, org: string): Promise<string> => {
  const password = randomBytes(12).toString('hex');
  const body = { username: 'admin', password, org, bucket: 'first', retentionPeriodSeconds: 0 };
  return SetupAnswer.parse(await request(`${url}/api/v2/setup`, { method: 'POST', body })).auth.token;
};

export const adminOf = async (url: string, org: string, token: string): Promise<Influx2Admin> => {
  const call = (method: string, path: string, body?: unknown): Promise<unknown> =>
    request(`${url}${path}`, { method, token, body });
  const [{ id: orgID }] = Orgs.parse(await call('GET', `/api/v2/orgs?${new URLSearchParams({ org })}`)).orgs;
  const permissions = (bucket: string, rights: readonly Right[]) =>
    rights.map((action) => ({ action, resource: { type: 'buckets', id: bucket, orgID } }));
  return {
    org,
    makeBucket: async (name) =>
      WithId.parse(await call('POST', '/api/v2/buckets', { orgID, name, retentionRules: [] })).id,
    removeBucket: async (id) => void (await call('DELETE', `/api/v2/buckets/${id}`)),
    makeToken: async (bucket, rights) => {
      const body = { orgID, description: 'a test of Klawing', permissions: permissions(bucket, rights) };
      return Authorization.parse(await call('POST', '/api/v2/authorizations', body)).token;
    },
    makeAccount: async (bucket, rights, { user, password }) => {
      const path = '/private/legacy/authorizations';
      const body = { orgID, token: user, description: user, permissions: permissions(bucket, rights) };
      const { id } = Authorization.parse(await call('POST', path, body));
      await call('POST', `${path}/${id}/password`, { password });
    },
    map: async (bucketID, database) => {
      const body = { orgID, bucketID, database, retention_policy: 'autogen', default: true };
      await call('POST', '/api/v2/dbrps', body);
    },
  };
};

/** A server of the tests, with what makes it go away and come back. */
type Ground = Omit<InfluxServer, 'place'> & { readonly token: string };

const untilItAnswers = (url: string): Promise<void> =>
  eventually(async () => {
    const { ok, status } = await fetch(`${url}/ping`, { signal: AbortSignal.timeout(WAIT.ms) });
    if (!ok) throw new Error(`/ping answered ${status}`);
  });

/** Starts a binary of InfluxDB 2.x in a folder and sets it up. */
const startBinary = async (binary: string, folder: string, org: string): Promise<Ground> => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = [
    `--http-bind-address=127.0.0.1:${port}`,
    `--bolt-path=${join(folder, 'influxd.bolt')}`,
    `--sqlite-path=${join(folder, 'influxd.sqlite')}`,
    `--engine-path=${join(folder, 'engine')}`,
    '--reporting-disabled',
    '--log-level=error',
  ];
  const server = await startRestartable(binary, args, () => untilItAnswers(url));
  return { ...server, url, token: await setUpInflux2(url, org), dispose: server.kill };
};

/** A server that is not ours to end: a line to it that can be cut stands for its going away. */
const reach = async (to: string, token: string): Promise<Ground> => {
  const line = await openTcpProxy(to);
  const cut = async (): Promise<void> => line.cut();
  return {
    url: line.url,
    token,
    kill: cut,
    stop: cut,
    stall: () => line.stall(),
    resume: () => line.heal(),
    restart: async () => line.heal(),
    dispose: () => line.close(),
  };
};

const ground = (folder: string): Promise<Ground> => {
  if (GIVEN.binary !== undefined) return startBinary(GIVEN.binary, folder, GIVEN.org);
  if (GIVEN.url !== undefined && GIVEN.token !== undefined) return reach(GIVEN.url, GIVEN.token);
  throw new Error('set TEST_INFLUXD2, or TEST_INFLUX_URL and TEST_INFLUX_TOKEN');
};

/** The InfluxDB 2.x that the run names. The buckets of the test are removed at its end. */
export const startInflux2 = async (folder: string): Promise<InfluxServer & { readonly admin: Influx2Admin }> => {
  const server = await ground(folder);
  const admin = await adminOf(server.url, GIVEN.org, server.token);
  const buckets: string[] = [];
  const place = async (name: string): Promise<InfluxPlace> => {
    const bucket = `${name}-${randomBytes(6).toString('hex')}`;
    const id = await admin.makeBucket(bucket);
    buckets.push(id);
    const token = await admin.makeToken(id, ['read', 'write']);
    return {
      bucketId: id,
      database: bucket,
      settings: { url: server.url, org: GIVEN.org, bucket, token },
      headers: { authorization: `Token ${token}` },
      writePath: `/api/v2/write?${new URLSearchParams({ org: GIVEN.org, bucket, precision: 'ms' })}`,
    };
  };
  return {
    ...server,
    place,
    admin,
    dispose: async () => {
      // of a server that is away the buckets stay
      for (const id of buckets.splice(0)) await admin.removeBucket(id).catch(() => undefined);
      await server.dispose();
    },
  };
};
