import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { createJsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { FAULTS } from '#model/base/fault.ts';
import { leastRole } from '#model/accounts/role.ts';
import { tidy } from './openapi-tidy.ts';
import { problem } from '#api/problem.ts';
import type { RouteOptions } from 'fastify';
import type { Api } from '#api/route.ts';

const DESCRIPTION = `Readings of environmental sensors: send them, read them, and prove that none is lost. Times are UTC; values
have the unit of their property. Each refusal is a problem document (RFC 9457) with the code of a fault, which
[/docs/faults](/docs/faults) explains.`;

/**
 * Content security policy of the pages at `/docs`. The default of `@fastify/swagger-ui` holds `upgrade-insecure-requests`: a
 * browser then loads scripts and styles by https from every host but loopback, and over plain HTTP the page stays empty. The
 * library sets styles inline.
 */
const POLICY = [
  "default-src 'self'",
  "img-src 'self' data:",
  "style-src 'self' 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join('; ');

const SECURITY_SCHEMES = {
  reader: { type: 'http', scheme: 'bearer', description: 'Read token; not needed on the same machine.' },
  operator: {
    type: 'http',
    scheme: 'bearer',
    description: 'Operator token, from operator.token in the data folder.',
  },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'klawing',
    description: 'Session of a person; over HTTPS the cookie is `__Host-klawing`. `POST /v1/session` signs in.',
  },
  token: { type: 'http', scheme: 'bearer', description: 'Token of a program, with the rights of its role.' },
  device: { type: 'http', scheme: 'bearer', description: 'Secret of the device.' },
  deviceBasic: {
    type: 'http',
    scheme: 'basic',
    description: 'The device as the user, its secret as the password.',
  },
  gateway: { type: 'http', scheme: 'bearer', description: 'Secret of the gateway.' },
  gatewayBasic: {
    type: 'http',
    scheme: 'basic',
    description: 'The gateway as the user, its secret as the password.',
  },
} as const;

const CHANGE_SECURITY = [{ session: [] }, { operator: [] }, { token: [] }];

/** The empty one stands for a direct request from this machine, which needs no proof. */
const READ_SECURITY = [{ reader: [] }, ...CHANGE_SECURITY, {}];

/** Adds to the description of a route that needs a right: how the caller proves it, and the answer without it. */
export const describeAccess = ({ config, schema }: RouteOptions): void => {
  const access = config?.access;
  if (schema === undefined || access === undefined || access === 'device' || access === 'gateway') return;
  if (access === 'public' || access === 'read') {
    schema.security = access === 'read' ? READ_SECURITY : [];
    return;
  }
  schema.security = access === 'person' ? [{ session: [] }] : CHANGE_SECURITY;
  const needed = access === 'person' ? 'a person who is signed in' : `the role ${leastRole(access)}`;
  const refused = problem(`It needs ${needed}, or comes from a page of another site.`);
  schema.response = { 403: refused, ...Object(schema.response) };
};

/** Describes the routes that are registered after it: `/openapi.json`, pages at `/docs`, faults at `/docs/faults`. */
export const describeApi = async (api: Api, version: string): Promise<void> => {
  await api.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Klawing',
        version,
        description: DESCRIPTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/', description: 'This service' }],
      tags: [
        { name: 'readings', description: 'Sending and reading of readings' },
        { name: 'stations', description: 'Stations and their states' },
        { name: 'registry', description: 'Changes of the registry' },
        { name: 'commands', description: 'Configs and commands of devices, and their answers' },
        { name: 'alerts', description: 'Alerts, silences and messages' },
        { name: 'people', description: 'Signing in, people and their roles, tokens of programs, the trail of changes' },
        { name: 'operating', description: 'Ledger, quarantine, health' },
      ],
      components: {
        securitySchemes: SECURITY_SCHEMES,
      },
    },
    transform: createJsonSchemaTransform({ skipList: [] }),
    transformObject: (input) => {
      const document = jsonSchemaTransformObject(input);
      tidy(document);
      return document;
    },
  });
  await api.register(swaggerUi, { routePrefix: '/docs', staticCSP: POLICY, uiConfig: { docExpansion: 'list' } });

  api.get('/openapi.json', { config: { access: 'public' }, schema: { hide: true } }, () => api.swagger());
  api.get('/docs/faults', { config: { access: 'public' }, schema: { hide: true } }, (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(FAULT_PAGE),
  );
};

const FAULT_PAGE = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Klawing: faults</title>
<h1>Faults</h1>
<dl>
${Object.entries(FAULTS)
  .map(([code, { title }]) => `<dt id="${code}"><code>${code}</code></dt><dd>${title}</dd>`)
  .join('\n')}
</dl>
</html>
`;
