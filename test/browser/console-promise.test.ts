import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#model/base/clock.ts';
import { hours, minutes } from '#model/base/duration.ts';
import { formatInstant } from '#model/base/instant.ts';
import { hasChromium, openPage, startChromium } from '#test/support/servers/chromium.ts';
import { aMemberOver, signInOn } from '#test/support/clients/people.ts';
import { untilProcessed } from '#test/support/oracles/oracle.ts';
import { type Service, testService } from '#test/support/servers/service.ts';

const STATION = 'PBG-A01';
const DEVICE = 'box-1';

/** A service whose one device sends three packets of which a field has the wrong name, and one of nonsense. */
const start = async (): Promise<Service> => {
  const service = await testService({ parts: ['broker', 'ingest'] });
  await service.ready();
  await service.addStation(STATION, 'air');
  const secret = await service.addDevice(DEVICE, STATION);
  const send = async (values: object, ago: number): Promise<void> => {
    const time = formatInstant(systemClock.now() - minutes(ago).ms);
    const answer = await fetch(`${service.url}/v1/devices/${DEVICE}/readings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ time, values }),
    });
    expect(answer.status).toBe(202);
  };
  for (const ago of [3, 2, 1]) await send({ PM25: 38.5, pm10: 61 }, ago);
  await send({ nonsense: 1 }, 1);
  await untilProcessed(service);
  return service;
};

const renameField = async (service: Service): Promise<void> => {
  const answer = await service.post('/v1/registry/apply', {
    stations: [{ id: STATION, family: 'air', name: STATION, lat: -7.39, lon: 109.36 }],
    devices: [{ id: DEVICE, station: STATION, fields: { PM25: { property: 'pm2_5' } } }],
  });
  expect(answer.status).toBe(200);
};

const packets = (page: Page) => page.locator('[data-packet]');
const count = (page: Page, name: string) => page.locator(`[data-count="${name}"]`);

/** Signs in as an operator who joins now. */
const signInAsOperator = async (page: Page, service: Service): Promise<void> => {
  await aMemberOver(service.url, service.operatorToken(), { login: 'budi', name: 'Budi', role: 'operator' });
  await signInOn(page, 'budi');
};

describe.skipIf(!hasChromium)('the console of a real service', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  test('runs refused packets again once their cause is mended, and the ledger shows it', async () => {
    const service = await start();
    const { page, objections } = await openPage(browser, `${service.url}/#/pipeline`);
    await count(page, 'Dikarantina').getByText('4').waitFor();
    await page.goto(`${service.url}/#/quarantine`);
    await packets(page).nth(3).waitFor();
    const oldest = page.locator('[data-packet="1"]');
    expect(await oldest.innerText()).toContain('PROPERTY_UNKNOWN /values/PM25');
    await oldest.locator('summary').click();
    await oldest.getByText('"PM25":38.5').waitFor();

    await renameField(service);
    for (const id of [1, 2, 3]) await page.getByLabel(`Pilih paket ${id}`, { exact: true }).check();
    await page.getByText('3 paket dipilih').waitFor();
    await page.getByRole('button', { name: 'Proses ulang', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Proses ulang' }).click();
    await signInAsOperator(page, service);
    await page.getByText('3 diterima, 0 ditolak lagi, 3 nilai tersimpan.').waitFor();
    await packets(page).nth(1).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'diproses ulang' }).click();
    await packets(page).nth(2).waitFor();

    await page.goto(`${service.url}/#/pipeline`);
    await count(page, 'Diproses').getByText('3').waitFor();
    await page.locator('[data-balanced="true"]').waitFor();
    await page.locator('#verify').click();
    await page.locator('[data-verified="true"]').getByText('6 baris').waitFor();
    expect(await page.locator(`[data-line-of="${DEVICE}"]`).first().innerText()).toContain('Seimbang');
    expect(objections).toEqual([]);
  });

  test('offers the shift that mends local time which was sent as UTC, and shows where times are from', async () => {
    const service = await testService({ parts: ['broker', 'ingest'] });
    await service.ready();
    await service.addStation(STATION, 'air');
    const secret = await service.addDevice(DEVICE, STATION);
    const send = async (body: object): Promise<void> => {
      const answer = await fetch(`${service.url}/v1/devices/${DEVICE}/readings`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect(answer.status).toBe(202);
    };
    const ahead = systemClock.now() + hours(7).ms - minutes(2).ms;
    await send({ time: formatInstant(ahead), values: { pm2_5: 38.5 } });
    await send({ time: 0, values: { pm10: 61 } });
    await untilProcessed(service);
    const { page, objections } = await openPage(browser, `${service.url}/#/stations/${STATION}`);
    await page.locator('[data-value="pm10"] .timed-by').getByText('waktu tiba').waitFor();
    await page.goto(`${service.url}/#/quarantine`);
    await page.getByLabel('Pilih paket 1', { exact: true }).check();
    await page.getByRole('button', { name: 'Proses ulang', exact: true }).click();
    expect(await page.getByRole('dialog').locator('[name="shift"]').inputValue()).toBe('-7h');
    await page.getByRole('dialog').getByRole('button', { name: 'Proses ulang' }).click();
    await signInAsOperator(page, service);
    await page.getByText('1 diterima, 0 ditolak lagi, 1 nilai tersimpan.').waitFor();
    expect(objections).toEqual([]);
  });

  test('discards a refused packet with a reason, which is kept', async () => {
    const service = await start();
    const { page, objections } = await openPage(browser, `${service.url}/#/quarantine`);
    await page.getByLabel('Pilih paket 4', { exact: true }).check();
    await page.getByRole('button', { name: 'Buang', exact: true }).click();
    await page.getByRole('dialog').getByLabel('Alasan').fill('uji coba pemasok');
    await page.getByRole('dialog').getByRole('button', { name: 'Buang' }).click();
    await signInAsOperator(page, service);
    await page.locator('[data-packet="4"]').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'dibuang', exact: true }).click();
    const closed = page.locator('[data-packet="4"]');
    await closed.locator('summary').click();
    await closed.getByText('oleh Budi: uji coba pemasok').waitFor();
    await page.goto(`${service.url}/#/pipeline`);
    await count(page, 'Dibuang').getByText('1').waitFor();
    await page.locator('[data-balanced="true"]').waitFor();
    expect(objections).toEqual([]);
  });

  test('shows where the store does not hold what the ledger says', async () => {
    const service = await start();
    await service.kill('ingest', 'SIGTERM');
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const instance = await DuckDBInstance.create(`${service.data}/readings.duckdb`);
    const connection = await instance.connect();
    await connection.run('DELETE FROM reading_row WHERE observed_at = (SELECT min(observed_at) FROM reading_row)');
    connection.disconnectSync();
    instance.closeSync();
    service.start('ingest');
    await service.ready();
    const { page } = await openPage(browser, `${service.url}/#/pipeline`);
    await page.locator('#verify').click();
    await page.locator('[data-verified="false"]').getByText('1 tempat berbeda').waitFor();
  });
});
