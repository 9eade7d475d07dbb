import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { answerOf, testApi } from '#test/support/servers/api.ts';
import { DISTANT_HOST, hasChromium, openPage, startChromium } from '#test/support/servers/chromium.ts';

const Document = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });

describe.skipIf(!hasChromium)('over plain HTTP, the pages of the API', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  test.for(['127.0.0.1', DISTANT_HOST])('show every route under the name %s', async (host) => {
    const { api, get } = await testApi();
    const { paths } = await answerOf(await get('/openapi.json'), Document);
    const origin = `http://${host}:${api.port}`;
    const { page, objections, asked } = await openPage(browser, `${origin}/docs`);
    await page.locator('#operations-readings-postReadings').waitFor();
    expect(await page.locator('.opblock').count()).toBe(Object.values(paths).flatMap(Object.keys).length);
    expect(objections).toEqual([]);
    expect(asked.filter((url) => !url.startsWith(`${origin}/`) && !url.startsWith('data:'))).toEqual([]);
  });
});
