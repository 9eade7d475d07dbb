import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ROLES } from '#model/accounts/role.ts';
import { minutes } from '#model/base/duration.ts';
import { SessionDocument } from '#api/session/schema.ts';
import { answerOf, asOperator, problemOf, READER, testApi, type TestApi } from '#test/support/servers/api.ts';
import { aPersonWith } from '#test/support/clients/people.ts';

/** Every operation that is more than reading, by the access that it needs (design of rights: docs/people.md). */
const OPERATIONS: Readonly<Record<string, readonly string[]>> = {
  public: [
    'claim',
    'signIn',
    'signInDemo',
    'lookAtInvitation',
    'acceptInvitation',
    'askForPasskey',
    'beginOidcSignIn',
    'signInWithPasskey',
  ],
  person: [
    'addPasskey',
    'changePassword',
    'chooseLanguage',
    'endOwnSession',
    'exportOwn',
    'listOwnSessions',
    'listPasskeys',
    'offerPasskey',
    'renamePasskey',
    'revokePasskey',
    'signOut',
  ],
  device: ['postReadings', 'postReadingsInCodec'],
  gateway: ['postEvent'],
  // a payload is explained, and nothing changes
  viewer: ['decode'],
  duty: ['acknowledgeAlert', 'addSilence', 'removeSilence'],
  analyst: [],
  operator: [
    'addDevice',
    'addDevices',
    'addGateway',
    'addPerson',
    'addStation',
    'addToken',
    'applyRegistry',
    'assignDevices',
    'changeDevice',
    'changePerson',
    'discardQuarantined',
    'endAlert',
    'endSessions',
    'erasePerson',
    'exportPerson',
    'importDevices',
    'inviteFirst',
    'invitePerson',
    'listPeople',
    'listSessions',
    'listTokens',
    'makeClaimCode',
    'moveDevice',
    'replayQuarantine',
    'replayRaw',
    'revokeDevice',
    'revokeGateway',
    'revokeToken',
    'rotateGatewaySecret',
    'rotateSecret',
    'sendCommand',
    'setConfig',
    'testChannel',
    'writeBackup',
  ],
};

/** Names of operations in the sources of the console. */
const NAMED = /(?:operation(?:=|: )|useMissingRole\(|mayCall\(|not_allowed\[)["'](\w+)["']/g;

const Document = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.looseObject({ operationId: z.string() }))),
});

interface NamedOperation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
}

const operationsOf = async ({ get }: TestApi): Promise<readonly NamedOperation[]> => {
  const { paths } = Document.parse(await (await get('/openapi.json')).json());
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({
      id: operationId,
      method: method.toUpperCase(),
      path: path.replaceAll(/\{\w+\}/g, '4711'),
    })),
  );
};

const listed = (access: string): readonly string[] => OPERATIONS[access] ?? [];

const call = ({ url }: TestApi, { method, path }: NamedOperation, headers: Readonly<Record<string, string>>) =>
  fetch(`${url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(method === 'GET' ? {} : { body: '{}' }),
  });

/** Requests of pages of other sites. */
const FOREIGN = [
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { origin: 'http://evil.example' },
  { origin: 'null' },
] as const;

describe('every route', () => {
  test('that is more than reading stands in the table of rights', async () => {
    const operations = await operationsOf(await testApi());
    const all = Object.values(OPERATIONS).flat();
    expect(new Set(all).size).toBe(all.length);
    const changing = operations.filter(({ method }) => method !== 'GET').map(({ id }) => id);
    expect(changing.filter((id) => !all.includes(id))).toEqual([]);
    expect(all.filter((id) => operations.every((operation) => operation.id !== id))).toEqual([]);
  });

  test.for(['viewer', 'duty', 'analyst'] as const)(
    'refuses a %s the rights of higher roles, by session and by token',
    async (role) => {
      const api = await testApi();
      const { headers } = await aPersonWith(api, role);
      const { secret } = await api.accounts.tokens.add({ name: 'program', role, valid: minutes(1) });
      const byToken = { authorization: `Bearer ${secret.reveal()}` };
      const { revision } = api.operations.registry();
      for (const least of ROLES.slice(ROLES.indexOf(role) + 1)) {
        for (const operation of (await operationsOf(api)).filter(({ id }) => listed(least).includes(id))) {
          for (const sent of [headers, byToken]) {
            const problem = await problemOf(await call(api, operation, sent));
            expect(problem, operation.id).toMatchObject({ status: 403, code: 'RIGHT_MISSING' });
            expect(problem.detail).toContain(least);
          }
        }
      }
      expect(api.operations.registry().revision).toBe(revision);
      expect(api.operations.auditHead()).toBeUndefined();
    },
  );

  test('that needs a right refuses requests without a person, and the read token', async () => {
    const api = await testApi();
    const operations = await operationsOf(api);
    const guarded = ['duty', 'analyst', 'operator'].flatMap(listed);
    for (const operation of operations.filter(({ id }) => guarded.includes(id))) {
      for (const sent of [{}, { authorization: `Bearer ${READER}` }, { authorization: 'Bearer wrong' }]) {
        const problem = await problemOf(await call(api, operation, sent));
        expect(problem, operation.id).toMatchObject({ status: 401, code: 'TOKEN_REFUSED' });
      }
    }
  });

  test.for(['duty', 'analyst', 'operator'] as const)(
    'admits the rights of a %s, and those of lower roles',
    async (role) => {
      const api = await testApi();
      const { headers } = await aPersonWith(api, role);
      const may = ROLES.slice(0, ROLES.indexOf(role) + 1).flatMap(listed);
      for (const operation of (await operationsOf(api)).filter(({ id }) => may.includes(id))) {
        expect([401, 403], operation.id).not.toContain((await call(api, operation, headers)).status);
      }
    },
  );

  test('that changes something refuses a session on a page of another site', async () => {
    const api = await testApi();
    const { headers } = await aPersonWith(api, 'operator');
    const { cookie } = headers;
    const foreign = [{ cookie, 'sec-fetch-site': 'cross-site' }, { cookie, origin: 'http://evil.example' }, { cookie }];
    const guarded = ['person', 'duty', 'analyst', 'operator'].flatMap(listed);
    for (const operation of (await operationsOf(api)).filter(
      ({ id, method }) => method !== 'GET' && guarded.includes(id),
    )) {
      for (const sent of foreign) {
        const problem = await problemOf(await call(api, operation, sent));
        expect(problem, operation.id).toMatchObject({ status: 403, code: 'ORIGIN_REFUSED' });
      }
    }
    const origin = { cookie, origin: api.url };
    expect((await api.post('/v1/people/first', {}, origin)).status).toBe(200);
  });

  test.for(ROLES)('that a %s may not call is named by the session, with the role that may', async (role) => {
    const api = await testApi();
    const { headers } = await aPersonWith(api, role);
    const higher = ROLES.slice(ROLES.indexOf(role) + 1);
    const expected = higher.flatMap((least) => listed(least).map((id) => [id, least]));
    const session = await answerOf(await api.get('/v1/session', headers), SessionDocument);
    expect(session.not_allowed).toEqual(Object.fromEntries(expected));
  });

  test('that the console names exists, and needs a right', async () => {
    const sources = globSync('dashboards/console/**/*.{ts,tsx}').map((file) => readFileSync(file, 'utf8'));
    const names = sources.flatMap((text) => [...text.matchAll(NAMED)].map(([, name]) => name ?? ''));
    const guarded = ['duty', 'analyst', 'operator'].flatMap(listed);
    expect(names).toContain('acknowledgeAlert');
    expect(names.filter((name) => !guarded.includes(name))).toEqual([]);
  });

  test('of a person refuses programs and the operator token', async () => {
    const api = await testApi();
    for (const operation of (await operationsOf(api)).filter(({ id }) => listed('person').includes(id))) {
      for (const sent of [{}, asOperator]) {
        expect(await problemOf(await call(api, operation, sent)), operation.id).toMatchObject({ status: 401 });
      }
      const { headers } = await aPersonWith(api, 'viewer');
      expect((await call(api, operation, headers)).status, operation.id).not.toBe(403);
    }
  });

  test('that reads is open to every role from elsewhere', async () => {
    const api = await testApi();
    const elsewhere = { 'x-forwarded-for': '1.2.3.4' };
    for (const role of ROLES) {
      const { headers } = await aPersonWith(api, role);
      expect((await api.get('/v1/stations', { ...elsewhere, ...headers })).status, role).toBe(200);
    }
    expect((await api.get('/v1/stations', elsewhere)).status).toBe(401);
  });

  test('that reads is closed to pages of other sites on this machine', async () => {
    const api = await testApi();
    const { get } = api;
    const guarded = Object.values(OPERATIONS).flat();
    const reads = (await operationsOf(api)).filter(({ id, method }) => method === 'GET' && !guarded.includes(id));
    let closed = 0;
    for (const operation of reads) {
      // a public one is open from everywhere
      if ((await call(api, operation, { 'x-forwarded-for': '192.0.2.1' })).status !== 401) continue;
      closed += 1;
      for (const sent of FOREIGN) expect((await call(api, operation, sent)).status, operation.id).toBe(401);
    }
    expect(closed).toBeGreaterThan(20);
    expect((await get('/v1/stations', { 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  });
});
