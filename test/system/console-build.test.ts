import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { problemOf } from '#test/support/servers/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { type Service, type ServiceOptions, testService } from '#test/support/servers/service.ts';
import { checkout, isCheckout } from '#test/support/builders/tree.ts';

/** Ingest answers when the console is as it will be served. */
const untilServed = (service: Service): Promise<void> =>
  eventually(async () => expect((await service.get('/healthz')).status).toBe(200));

const start = async (options: ServiceOptions): Promise<Service> => {
  const service = await testService(options);
  await untilServed(service);
  return service;
};

/** The page at `/`, once all that it loads has been answered as well. */
const consoleOf = async (service: Service): Promise<string> => {
  const page = await service.get('/', { accept: 'text/html' });
  expect(page.status).toBe(200);
  const html = await page.text();
  const files = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path ?? '');
  expect(files.length).toBeGreaterThan(2);
  for (const path of files) expect((await service.get(path)).status, path).toBe(200);
  return html;
};

const change = (tree: string, file: string, edit: (text: string) => string): void => {
  const path = join(tree, 'dashboards/console', file);
  const before = readFileSync(path, 'utf8');
  const after = edit(before);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
};

describe.runIf(isCheckout())('a checkout in which nothing was built', () => {
  test('serves the console from its first start, and a newer one when its sources have changed', async () => {
    const tree = checkout();
    const service = await start({ tree });
    await consoleOf(service);
    expect(service.running('up').err()).toContain('console built');
    await service.stop();

    change(tree, 'index.html', (html) => html.replace(/<title>.*<\/title>/, '<title>Changed since</title>'));
    service.start('broker');
    service.start('ingest');
    await untilServed(service);
    expect(await consoleOf(service)).toContain('<title>Changed since</title>');
    await service.kill('ingest', 'SIGTERM');
    service.start('ingest');
    await untilServed(service);
    await consoleOf(service);
    expect(service.running('ingest').err()).not.toContain('console built');
  });

  test('serves it from each of two services that begin at one time', async () => {
    const tree = checkout();
    const [one, two] = await Promise.all([start({ tree }), start({ tree })]);
    expect(await consoleOf(one)).toBe(await consoleOf(two));
  });

  test('says at / what to do where Vite is not installed, and all else works', async () => {
    const service = await start({ tree: checkout({ without: ['vite'] }) });
    const page = await service.get('/', { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' });
    expect(page.status).toBe(503);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(await page.text()).toContain('<code>npm ci && npm run console</code>');
    expect(await problemOf(await service.get('/'))).toMatchObject({
      status: 503,
      code: 'CONSOLE_MISSING',
      detail: expect.stringContaining('npm ci && npm run console'),
    });
    expect((await service.get('/v1/stations')).status).toBe(200);
    expect((await service.get('/docs/')).status).toBe(200);
  });

  test('starts without a console where it cannot be built, and the log has the reason', async () => {
    const tree = checkout();
    change(tree, 'main.tsx', () => 'const broken = ;\n');
    const service = await start({ tree });
    expect((await service.get('/')).status).toBe(503);
    expect(service.running('up').err()).toMatch(/Unexpected token.*main\.tsx.*console not built/);
  });
});
