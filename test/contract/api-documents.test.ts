import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { asOperator, problemOf, testApi } from '#test/support/servers/api.ts';
import { FAULTS } from '#model/base/fault.ts';

const Media = z.looseObject({ schema: z.looseObject({}) });
const Operation = z.looseObject({
  operationId: z.string(),
  summary: z.string().min(1),
  description: z.string().min(20),
  tags: z.array(z.string()).min(1),
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string(), schema: z.looseObject({}) })).default([]),
  requestBody: z.looseObject({ content: z.record(z.string(), Media) }).optional(),
  responses: z.record(
    z.string(),
    z.looseObject({ description: z.string(), content: z.record(z.string(), Media).optional() }),
  ),
});
const Document = z.looseObject({
  openapi: z.string().startsWith('3.1.'),
  info: z.looseObject({ title: z.string(), version: z.string() }),
  paths: z.record(z.string().startsWith('/'), z.record(z.string(), Operation)),
  components: z.looseObject({ schemas: z.record(z.string(), z.looseObject({})), securitySchemes: z.looseObject({}) }),
});

const ROUTES = [
  'delete /v1/passkeys/{passkey}',
  'delete /v1/people/{person}',
  'delete /v1/people/{person}/sessions',
  'delete /v1/session',
  'delete /v1/sessions/{session}',
  'delete /v1/silences/{id}',
  'delete /v1/tokens/{token}',
  'get /healthz',
  'get /metrics',
  'get /readyz',
  'get /v1/alerts',
  'get /v1/alerts/{id}',
  'get /v1/audit',
  'get /v1/console',
  'get /v1/devices',
  'get /v1/devices/{device}',
  'get /v1/devices/{device}/commands',
  'get /v1/devices/{device}/commands/{command}',
  'get /v1/devices/{device}/config',
  'get /v1/fleet',
  'get /v1/gateways',
  'get /v1/latest',
  'get /v1/ledger',
  'get /v1/ledger/verify',
  'get /v1/passkeys',
  'get /v1/people',
  'get /v1/people/{person}/data',
  'get /v1/people/{person}/sessions',
  'get /v1/profiles',
  'get /v1/quarantine',
  'get /v1/quarantine/{id}',
  'get /v1/refusals',
  'get /v1/session',
  'get /v1/session/data',
  'get /v1/session/oidc/callback',
  'get /v1/sessions',
  'get /v1/silences',
  'get /v1/state',
  'get /v1/stations',
  'get /v1/stations/{station}',
  'get /v1/stations/{station}/readings',
  'get /v1/stations/{station}/state',
  'get /v1/stream',
  'get /v1/tokens',
  'patch /v1/devices/{device}',
  'patch /v1/passkeys/{passkey}',
  'patch /v1/people/{person}',
  'post /v1/alerts/{id}/acknowledge',
  'post /v1/alerts/{id}/end',
  'post /v1/backup',
  'post /v1/channels/{channel}/test',
  'post /v1/claim',
  'post /v1/decode',
  'post /v1/devices',
  'post /v1/devices/batch',
  'post /v1/devices/import',
  'post /v1/devices/{device}/claim-code',
  'post /v1/devices/{device}/commands',
  'post /v1/devices/{device}/move',
  'post /v1/devices/{device}/readings',
  'post /v1/devices/{device}/readings/{codec}',
  'post /v1/devices/{device}/revoke',
  'post /v1/devices/{device}/rotate',
  'post /v1/gateways',
  'post /v1/gateways/{gateway}/assign',
  'post /v1/gateways/{gateway}/events',
  'post /v1/gateways/{gateway}/revoke',
  'post /v1/gateways/{gateway}/rotate',
  'post /v1/invitation',
  'post /v1/invitation/accept',
  'post /v1/passkeys',
  'post /v1/passkeys/options',
  'post /v1/people',
  'post /v1/people/first',
  'post /v1/people/{person}/invitation',
  'post /v1/quarantine/discard',
  'post /v1/quarantine/replay',
  'post /v1/registry/apply',
  'post /v1/replay',
  'post /v1/session',
  'post /v1/session/demo',
  'post /v1/session/oidc',
  'post /v1/session/passkey',
  'post /v1/session/passkey/options',
  'post /v1/silences',
  'post /v1/stations',
  'post /v1/tokens',
  'put /v1/devices/{device}/config',
  'put /v1/session/language',
  'put /v1/session/password',
];

/** Where an example may stand: beside a schema or in it. */
const shown = (carrier: z.infer<typeof Media>) =>
  'example' in carrier || 'examples' in carrier ? { schema: carrier } : { schema: carrier.schema };

const documentOf = async () => {
  const { get } = await testApi();
  const raw: unknown = await (await get('/openapi.json')).json();
  const document = Document.parse(raw);
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, path, operation })),
  );
  return { raw, document, operations };
};

describe('/openapi.json', () => {
  test('is OpenAPI 3.1 and holds every route, each under a name of its own', async () => {
    const { operations } = await documentOf();
    expect(operations.map(({ name }) => name).toSorted()).toEqual(ROUTES);
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(ROUTES.length);
  });

  test('leads every reference somewhere', async () => {
    const { raw, document } = await documentOf();
    const references = JSON.stringify(raw).matchAll(/"\$ref":"([^"]+)"/g);
    for (const [, reference = ''] of references) {
      expect(document.components.schemas).toHaveProperty([reference.replace('#/components/schemas/', '')]);
    }
  });

  test('gives an example with every body, every good answer and every parameter', async () => {
    const { document, operations } = await documentOf();
    const hasExample = (schema: Readonly<Record<string, unknown>>): boolean => {
      const name = typeof schema['$ref'] === 'string' ? schema['$ref'].split('/').at(-1) : undefined;
      const target = name === undefined ? schema : document.components.schemas[name];
      return target !== undefined && ('examples' in target || 'example' in target || 'enum' in target);
    };
    const missing = operations.flatMap(({ name, path, operation }) => {
      const bodies = Object.values(operation.requestBody?.content ?? {}).map((media) => ({
        of: 'body',
        ...shown(media),
      }));
      const good = Object.entries(operation.responses).filter(([status]) => /^[23]/.test(status));
      const answers = good.flatMap(([status, { content = {} }]) =>
        Object.values(content).map((media) => ({ of: status, ...shown(media) })),
      );
      const places = path.matchAll(/\{(\w+)\}/g).map(([, place]) => place);
      for (const place of places)
        expect(operation.parameters).toContainEqual(expect.objectContaining({ name: place, in: 'path' }));
      expect(good.length).toBeGreaterThan(0);
      // an answer that leads elsewhere has no body
      if (good.some(([status]) => status.startsWith('2'))) expect(answers.length).toBeGreaterThan(0);
      const parameters = operation.parameters.map((parameter) => ({ of: parameter.name, ...shown(parameter) }));
      return [...bodies, ...answers, ...parameters]
        .filter(({ schema }) => !hasExample(schema))
        .map(({ of }) => `${name}: ${of}`);
    });
    expect(missing.filter((name) => !/(after|before)$/.test(name))).toEqual([]);
  });

  test('says that refusals are problem documents', async () => {
    const { operations } = await documentOf();
    for (const { operation } of operations) {
      for (const [status, { content = {} }] of Object.entries(operation.responses)) {
        if (status.startsWith('4')) expect(Object.keys(content)).toEqual(['application/problem+json']);
      }
    }
  });
});

describe('/docs', () => {
  test('loads from this server alone', async () => {
    const { get } = await testApi();
    const page = await get('/docs/');
    expect(page.headers.get('content-type')).toContain('text/html');
    const html = await page.text();
    const assets = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
    expect(assets.length).toBeGreaterThan(3);
    for (const asset of assets) {
      expect(asset).not.toMatch(/^(https?:)?\/\//);
      const answer = await get(new URL(asset, 'http://here/docs/').pathname);
      expect(answer.status).toBe(200);
      expect((await answer.bytes()).byteLength).toBeGreaterThan(0);
    }
  });

  test('explains every fault where a problem points to', async () => {
    const { get } = await testApi();
    const html = await (await get('/docs/faults')).text();
    for (const code of Object.keys(FAULTS)) expect(html).toContain(`id="${code}"`);
  });
});

describe('the console', () => {
  test('has all its files, each cached by its ETag and its policy', async () => {
    const { get } = await testApi();
    const html = await (await get('/')).text();
    const files = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path ?? '');
    expect(files.length).toBeGreaterThan(2);
    for (const path of ['/', ...files]) {
      const first = await get(path);
      const etag = first.headers.get('etag') ?? '';
      expect(first.status, path).toBe(200);
      expect(first.headers.get('content-security-policy')).toContain("connect-src 'self';");
      const ask = { 'cache-control': 'max-age=0' }; // as a browser asks; fetch by itself refuses any copy
      expect((await get(path, { ...ask, 'if-none-match': etag })).status).toBe(304);
      expect((await get(path, { ...ask, 'if-none-match': '"other"' })).status).toBe(200);
    }
  });

  test.for([
    ['br, gzip', 'br'],
    ['gzip', 'gzip'],
    ['identity', null],
  ] as const)(
    'is sent to a client that accepts %s as it was compressed by the build: %s',
    async ([accepted, encoding]) => {
      const { get } = await testApi();
      const answer = await get('/', { 'accept-encoding': accepted });
      expect(answer.headers.get('content-encoding')).toBe(encoding);
      expect(answer.headers.get('vary')).toMatch(/accept-encoding/i);
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(await answer.text()).toContain('<div id="console">');
    },
  );

  test('is cached for good where the name has a hash, and checked at each visit where it has none', async () => {
    const { get } = await testApi();
    const page = await get('/');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(await page.text())?.[1] ?? '';
    const asset = await get(script, { 'accept-encoding': 'br' });
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(asset.headers.get('content-type')).toMatch(/javascript; charset=utf-8$/);
    expect(asset.headers.get('content-encoding')).toBe('br');
    expect(await problemOf(await get(`${script}.br`))).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });

  test('may request only the configured tile server', async () => {
    const tilesUrl = 'https://tiles.example.org/{z}/{x}/{y}.png';
    const { get } = await testApi({ tilesUrl, tilesAttribution: 'Somebody', language: 'en', palette: 'television' });
    const policy = (await get('/')).headers.get('content-security-policy') ?? '';
    expect(policy).toContain("connect-src 'self' https://tiles.example.org;");
    expect(policy).toContain("img-src 'self' data: blob: https://tiles.example.org;");
    expect(await (await get('/v1/console')).json()).toMatchObject({
      language: 'en',
      palette: 'television',
      tiles_url: tilesUrl,
      tiles_attribution: 'Somebody',
    });
  });
});

describe('what no route takes', () => {
  test('is a problem that says what there is', async () => {
    const { get, url } = await testApi();
    expect(await problemOf(await get('/v1/nothing'))).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    const wrong = await fetch(`${url}/v1/stations/ST1/readings`, { method: 'DELETE', headers: asOperator });
    expect(wrong.headers.get('allow')).toContain('GET');
    expect(await problemOf(wrong)).toMatchObject({ status: 405, code: 'REQUEST_INVALID' });
  });

  test('hides a bug, and logs it', async () => {
    const broken = () => Promise.reject(new Error('secret reason'));
    const { get, log } = await testApi({}, { ledger: { lines: broken, verify: broken } });
    const problem = await problemOf(await get('/v1/ledger'));
    expect(problem).toMatchObject({ status: 500, code: 'BUG', type: 'about:blank' });
    expect(JSON.stringify(problem)).not.toContain('secret reason');
    expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });
});
