import { createServer } from 'node:http';
import { crc32, deflateSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { hasChromium, openPage, startChromium } from '#test/support/servers/chromium.ts';
import { aLatest, consoleApi } from '#test/support/servers/console.ts';
import { eventually } from '#test/support/eventually.ts';
import { freePort } from '#test/support/servers/free-port.ts';

/** A PNG of one grey pixel (PNG specification, third edition, section 5). */
const tile = (): Buffer => {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const frame = Buffer.alloc(body.length + 8);
    frame.writeUInt32BE(data.length, 0);
    body.copy(frame, 4);
    frame.writeUInt32BE(crc32(body), body.length + 4);
    return frame;
  };
  const header = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const pixel = deflateSync(Buffer.from([0, 0xd0]));
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', pixel), chunk('IEND', Buffer.alloc(0))]);
};

const tileServer = async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(200, { 'content-type': 'image/png', 'access-control-allow-origin': '*' }).end(tile());
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { asked, url: `http://127.0.0.1:${port}/{z}/{x}/{y}.png` };
};

describe.skipIf(!hasChromium)('the map with WebGL', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium('webgl');
  });
  afterAll(() => browser.close());

  test('moves, follows the values, and makes no request when no tiles are set', async () => {
    const { url, watch } = await consoleApi();
    const { page, objections, asked } = await openPage(browser, url);
    await page.locator('[data-map="svg"]').waitFor({ state: 'detached' });
    const marker = page.locator('[data-map="gl"] [data-marker="ST1"]');
    expect(await marker.innerText()).toBe('38,5 µg/m³');
    await page.locator('[data-line="live"]').waitFor();
    await watch(aLatest({ value: 41.2 }));
    await marker.getByText('41,2').waitFor();
    expect(await marker.getAttribute('data-tone')).toBe('plain');
    const river = { station: 'PBG-R03', device: 'pbg-r03', family: 'river', property: 'stage' };
    await watch(aLatest({ ...river, value: 4.61 }));
    await page.locator('[data-map="gl"] [data-marker="PBG-R03"][data-tone="rank-3"]').getByText('4,61 m').waitFor();
    await watch(aLatest({ value: 5_000, flag: 4 }));
    await marker.getByText('—').waitFor();
    expect(await marker.getAttribute('data-tone')).toBe('not-known');
    await page.locator('[data-map="gl"] [data-marker="PBG-R03"]').click();
    await page.getByRole('heading', { level: 1, name: 'Klawing – Bancar' }).waitFor();
    expect(asked.filter((address) => !address.startsWith(url) && !address.startsWith('blob:'))).toEqual([]);
    expect(objections).toEqual([]);
  });

  test('lies over the tiles of the server that is set, and names its maker', async () => {
    const tiles = await tileServer();
    const { url } = await consoleApi({ tilesUrl: tiles.url, tilesAttribution: '© <Somebody>' });
    const { page, objections } = await openPage(browser, url);
    await page.locator('[data-map="svg"]').waitFor({ state: 'detached' });
    await eventually(() => expect(tiles.asked.length).toBeGreaterThan(0));
    await page.getByText('© <Somebody>').waitFor();
    expect(objections).toEqual([]);
  });
});
