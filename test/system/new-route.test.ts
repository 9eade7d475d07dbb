import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { checkout, isCheckout } from '#test/support/builders/tree.ts';
import { testService } from '#test/support/servers/service.ts';

const SCHEMA = `import { z } from 'zod';

/** The newest update of the firmware, for devices of a region. */
export const Firmware = z
  .object({ version: z.string(), stations: z.int() })
  .meta({ id: 'Firmware', examples: [{ version: '1.4.0', stations: 12 }] });
`;

const ROUTES = `import { problem } from '#api/problem.ts';
import type { Api, RouteContext } from '#api/route.ts';
import { Firmware } from './schema.ts';

/** \`GET /v1/firmware\` */
export const firmwareRoutes = (api: Api, { deps, settings }: RouteContext): void => {
  api.route({
    method: 'GET',
    url: '/v1/firmware',
    config: { access: 'read' },
    schema: {
      operationId: 'getFirmware',
      summary: 'Newest firmware',
      description: 'Version of the newest firmware, and the number of stations.',
      tags: ['operating'],
      response: { 200: Firmware, 400: problem('A parameter is wrong.'), 401: problem('A read token is needed.') },
    },
    handler: () => ({ version: settings.firmware, stations: deps.operations.registry().stations.size }),
  });
};
`;

/** Replaces one text of a file by another. */
const edit = (tree: string, path: string, from: string, to: string): void => {
  const before = readFileSync(join(tree, path), 'utf8');
  expect(before.split(from), path).toHaveLength(2);
  writeFileSync(join(tree, path), before.replace(from, to));
};

const run = (tree: string, ...args: readonly string[]) =>
  spawnSync(process.execPath, args, { cwd: tree, encoding: 'utf8' });

/** The tree with a route and with a setting, by the two recipes of docs/adding.md. */
const treeWithRoute = (): string => {
  const tree = checkout({ hasConsole: true });
  mkdirSync(join(tree, 'api/firmware'));
  writeFileSync(join(tree, 'api/firmware/schema.ts'), SCHEMA);
  writeFileSync(join(tree, 'api/firmware/routes.ts'), ROUTES);
  const server = 'api/server/api.ts';
  edit(
    tree,
    server,
    "import fastify from 'fastify';",
    "import fastify from 'fastify';\nimport { firmwareRoutes } from '#api/firmware/routes.ts';",
  );
  edit(tree, server, '  fleetRoutes(api, context);', '  firmwareRoutes(api, context);\n  fleetRoutes(api, context);');
  edit(tree, 'test/contract/api-documents.test.ts', "  'get /v1/fleet',", "  'get /v1/firmware',\n  'get /v1/fleet',");

  edit(
    tree,
    'api/settings.ts',
    '  limits: ApiLimitSettings',
    "  firmware: z.string().prefault('1.0.0').describe('Newest firmware.'),\n  limits: ApiLimitSettings",
  );
  const variable = "  { name: 'KLAWING_LOG', keys: ['log'], example: 'info' },";
  edit(
    tree,
    'cli/environment.ts',
    variable,
    `  { name: 'KLAWING_FIRMWARE', keys: ['api.firmware'], example: '1.4.0' },\n${variable}`,
  );
  const settings = run(tree, '--disable-warning=ExperimentalWarning', 'test/repository/settings/run.ts');
  expect(settings.stderr).toBe('');
  return tree;
};

describe.runIf(isCheckout())('the recipes for a route and for a setting', () => {
  test('satisfy types and the tests that compare documents', () => {
    const tree = treeWithRoute();
    const types = run(tree, 'node_modules/typescript/bin/tsc', '--noEmit');
    expect(types.stdout).toBe('');
    const suites = ['api-documents', 'repository/config', 'repository/settings'];
    const tests = run(tree, 'node_modules/vitest/vitest.mjs', 'run', '--project', 'fast', ...suites);
    expect(tests.status, tests.stdout).toBe(0);
  });

  test('give an answer of the running service, with the setting of the environment', async () => {
    const service = await testService({ tree: treeWithRoute(), env: { KLAWING_FIRMWARE: '1.4.0' } });
    await service.ready();
    await service.addStation('PBG-R01', 'river');
    const answer = await service.get('/v1/firmware');
    expect(await answer.json()).toEqual({ version: '1.4.0', stations: 1 });
    const paths = z.object({ paths: z.record(z.string(), z.unknown()) });
    const document = paths.parse(await (await service.get('/openapi.json')).json());
    expect(Object.keys(document.paths)).toContain('/v1/firmware');
  });
});
