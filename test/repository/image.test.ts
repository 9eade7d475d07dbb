import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Settings } from '#cli/settings.ts';
import { serviceNamed } from '#test/support/builders/compose.ts';

const dockerfile = readFileSync('Dockerfile', 'utf8');
const { version, scripts, imports } = z
  .object({
    version: z.string(),
    scripts: z.record(z.string(), z.string()),
    imports: z.record(z.string(), z.string()),
  })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));
const Locked = z.object({
  version: z.string().optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
});
const { packages } = z
  .object({ packages: z.record(z.string(), Locked) })
  .parse(JSON.parse(readFileSync('package-lock.json', 'utf8')));

describe('the image', () => {
  test('has the version of the package', () => {
    expect(serviceNamed('klawing').image).toBe(`klawing:${version}`);
    expect(serviceNamed('sim').image).toBe(`klawing:${version}`);
  });

  test('has the Node that the tests run on', () => {
    expect(dockerfile).toContain(`FROM node:${packages['node_modules/node']?.version}-bookworm-slim AS base`);
  });

  test('asks a route that exists for its health, on the port that is the default', () => {
    const [, port, path] = /http:\/\/127\.0\.0\.1:(\d+)(\/\w+)'/.exec(dockerfile) ?? [];
    expect(Number(port)).toBe(Settings.parse({}).api.port);
    expect(readFileSync('api/system/routes.ts', 'utf8')).toContain(`url: '${path}'`);
  });

  test('is built by scripts that exist', () => {
    for (const [, script = ''] of dockerfile.matchAll(/npm run (\w+)/g)) expect(scripts).toHaveProperty([script]);
  });

  test('runs as a user without rights', () => {
    expect(dockerfile).toMatch(/^USER node$/m);
  });
});

describe('what the image is built from', () => {
  const [, ...rules] = readFileSync('.dockerignore', 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const letIn = rules.filter((rule) => rule.startsWith('!')).map((rule) => rule.slice(1));

  test('is nothing but what is named', () => {
    expect(readFileSync('.dockerignore', 'utf8')).toMatch(/^\*$/m);
    for (const path of letIn) expect(existsSync(path), path).toBe(true);
    for (const never of ['data', 'node_modules', '.env', 'tls', '.git', 'test']) expect(letIn).not.toContain(never);
    expect(rules).toContain('**/node_modules');
    expect(rules).toContain('**/data');
  });

  test('holds every area of the sources, and every file that is copied by name', () => {
    const areas = Object.values(imports).map((path) => path.replace(/^\.\/|\/\*$/g, ''));
    for (const area of areas.filter((one) => !['test', 'bench', 'lint'].includes(one))) expect(letIn).toContain(area);
    for (const [, files = ''] of dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)) {
      for (const file of files.split(' ').filter((one) => one !== '.')) {
        expect(letIn).toContain(file);
        expect(existsSync(file), file).toBe(true);
      }
    }
  });
});

test('the lock names the optional packages of every platform, as npm ci asks on any of them', () => {
  for (const { optionalDependencies = {} } of Object.values(packages)) {
    for (const name of Object.keys(optionalDependencies)) {
      expect(
        Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`)),
        name,
      ).toBe(true);
    }
  }
});
