import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { LedgerLine } from '#ingest/ledger/balance.ts';
import { minutes } from '#model/base/duration.ts';
import { hourOf } from '#model/base/instant.ts';
import type { QuarantinedPacket } from '#model/readings/quarantined-packet.ts';
import { aDevice, asOperator } from '#test/support/servers/api.ts';
import { hasChromium, openPage, startChromium } from '#test/support/servers/chromium.ts';
import { anAlert, type ConsoleApi, consoleApi } from '#test/support/servers/console.ts';
import { MORNING } from '#test/support/builders/readings.ts';
import { NO_IDENTITIES } from '#test/support/builders/identities.ts';
import { aMember, signInOn } from '#test/support/clients/people.ts';
import { eventually } from '#test/support/eventually.ts';

const PHONE = { width: 390, height: 844 };
const Texts = z.array(z.string());

const COUNTS = {
  received: 10,
  processed: 10,
  quarantined: 0,
  discarded: 0,
  waiting: 0,
  decoded: 50,
  stored: 50,
  duplicates: 0,
  refused: 0,
  revised: 0,
  missing: 0,
};

const aLine = (given: Partial<LedgerLine>): LedgerLine => ({
  device: 'dev-1',
  hour: hourOf(MORNING),
  balanced: true,
  ...COUNTS,
  ...given,
});

const ledgerOf = (lines: readonly LedgerLine[]) => ({
  lines: () =>
    Promise.resolve({
      journal: 'j-1',
      through: 10,
      balanced: true,
      explanation: '',
      totals: { ...COUNTS, balanced: true },
      lines,
    }),
  verify: () =>
    Promise.resolve({
      store: 'duckdb',
      expected: 30,
      found: 27,
      mismatched: 3,
      verified: false,
      mismatches: [
        { device: 'dev-1', property: 'pm10', hour: hourOf(MORNING), expected: 9, found: 8 },
        { device: 'dev-2', property: 'pm2_5', hour: hourOf(MORNING), expected: 11, found: 10 },
        { device: 'dev-3', property: 'pm10', hour: hourOf(MORNING), expected: 10, found: 9 },
      ],
    }),
});

const LINES = [
  aLine({ device: 'dev-1', received: 12, balanced: false }),
  aLine({ device: 'dev-2', received: 9 }),
  aLine({ device: 'dev-3', received: 30 }),
];

const aPacket = (sequence: number, device: string, code: 'PAYLOAD_EMPTY' | 'PROPERTY_UNKNOWN'): QuarantinedPacket => ({
  journal: 'j-1',
  sequence,
  receivedAt: MORNING - sequence * 1_000,
  device,
  topic: `v1/${device}/readings`,
  codec: 'json',
  codecVersion: 1,
  payload: Buffer.from('{}'),
  dup: false,
  packetId: 0,
  session: undefined,
  parts: [{ place: '', code, detail: `the payload of ${device}`, readings: 0, further: 0 }],
});

/** An API with rows for each table, and an operator. */
const filledApi = async (lines: readonly LedgerLine[] = LINES): Promise<ConsoleApi> => {
  const api = await consoleApi({}, { ledger: ledgerOf(lines) });
  const { operations, clock } = api;
  await operations.changeRegistry(
    [2, 3].map((i) => ({ kind: 'put-device', device: aDevice({ id: `dev-${i}`, every: minutes(i) }) }) as const),
  );
  await operations.commitStored({
    messages: [],
    readings: [],
    rows: [],
    newestTimes: [],
    identities: NO_IDENTITIES,
    cursor: { journal: 'j-1', sequence: 3 },
    quarantined: [
      aPacket(1, 'dev-2', 'PAYLOAD_EMPTY'),
      aPacket(2, 'dev-1', 'PROPERTY_UNKNOWN'),
      aPacket(3, 'dev-3', 'PAYLOAD_EMPTY'),
    ],
  });
  const over = { state: 'resolved', rule: 'waspada', severity: 'moderate' } as const;
  await operations.commitAlerts({
    alerts: [
      anAlert({ ...over, id: 20, station: 'ST1', device: 'dev-1', value: 9, resolvedAt: MORNING - 3_000 }),
      anAlert({ ...over, id: 21, severity: 'severe', value: 3.4, resolvedAt: MORNING - 2_000 }),
      anAlert({ ...over, id: 22, value: 2.6, resolvedAt: MORNING - 1_000 }),
    ],
    events: [],
    messages: [],
  });
  const silences = [
    { station: 'ST1', reason: 'sensor dibersihkan' },
    { station: 'PBG-R03', reason: 'gerbang dibuka' },
    { reason: 'latihan' },
  ];
  for (const [i, silence] of silences.entries()) {
    await operations.addSilence({ ...silence, from: clock.now(), until: clock.now() + minutes(60 - i).ms });
  }
  for (const name of ['reboot', 'report', 'flush-pump']) {
    await api.post('/v1/devices/dev-1/commands', { name, within: '1h', by: name === 'report' ? 'Sari' : 'Budi' });
  }
  for (const [interval, by] of [
    ['30s', 'Budi'],
    ['60s', 'Sari'],
    ['90s', 'Budi'],
    ['120s', 'Sari'],
  ] as const) {
    const init = { method: 'PUT', body: JSON.stringify({ config: { interval }, by }) };
    const headers = { ...asOperator, 'content-type': 'application/json' };
    await fetch(`${api.url}/v1/devices/dev-1/config`, { ...init, headers });
  }
  await aMember(api, 'operator', { login: 'budi', name: 'Budi' });
  await aMember(api, 'duty', { login: 'sari', name: 'Sari' });
  await aMember(api, 'viewer', { login: 'tono', name: 'Agus Tono' });
  const tokens = [
    { name: 'posko', role: 'viewer', valid: '7d' },
    { name: 'cadangan', role: 'operator', valid: '90d' },
    { name: 'layar', role: 'viewer', valid: '30d' },
  ];
  for (const token of tokens) await api.post('/v1/tokens', token);
  return api;
};

interface TableCase {
  readonly path: string;
  /** Its name among the tables of the page. */
  readonly table: string;
  /** The rows by their first cells, in the order in which they are first shown. */
  readonly rows: readonly string[];
  /** The column by whose head they are sorted, and the rows then. */
  readonly sort: readonly [string, readonly string[]];
  readonly search: readonly [string, readonly string[]];
  /** Label and option of a filter. */
  readonly filter: readonly [string, string, readonly string[]];
  readonly isPersonal?: true;
  readonly open?: (page: Page) => Promise<void>;
}

const CASES: readonly TableCase[] = [
  {
    path: '/#/fleet',
    table: 'all',
    rows: ['dev-1', 'dev-2', 'dev-3', 'pbg-r03'],
    sort: ['Stasiun', ['dev-1', 'dev-2', 'dev-3', 'pbg-r03']],
    search: ['bancar', ['pbg-r03']],
    filter: ['Sambungan', 'terhubung', ['dev-1']],
  },
  {
    path: '/#/stations/ST1',
    table: 'devices',
    rows: ['dev-1', 'dev-2', 'dev-3'],
    sort: ['Selang laporan', ['dev-1', 'dev-2', 'dev-3']],
    search: ['dev-3', ['dev-3']],
    filter: ['Sambungan', 'terhubung', ['dev-1']],
  },
  {
    path: '/#/quarantine',
    table: 'all',
    rows: ['3', '2', '1'],
    sort: ['Perangkat', ['2', '1', '3']],
    search: ['payload dev-2', ['1']],
    filter: ['Kesalahan', 'PAYLOAD_EMPTY', ['3', '1']],
  },
  {
    path: '/#/pipeline',
    table: 'lines',
    rows: ['dev-1', 'dev-2', 'dev-3'],
    sort: ['Diterima', ['dev-2', 'dev-1', 'dev-3']],
    search: ['dev-2', ['dev-2']],
    filter: ['Status', 'Tidak seimbang', ['dev-1']],
  },
  {
    path: '/#/pipeline',
    table: 'mismatches',
    rows: ['dev-1', 'dev-2', 'dev-3'],
    sort: ['Ditemukan', ['dev-1', 'dev-3', 'dev-2']],
    search: ['pm2_5', ['dev-2']],
    filter: ['Besaran', 'pm10', ['dev-1', 'dev-3']],
    open: (page) => page.locator('#verify').click(),
  },
  {
    path: '/#/alerts',
    table: 'ended',
    rows: ['22', '21', '20'],
    sort: ['Nilai', ['22', '21', '20']],
    search: ['dev-1', ['20']],
    filter: ['Tingkat', 'Waspada', ['22', '20']],
  },
  {
    path: '/#/alerts',
    table: 'silences',
    rows: ['3', '2', '1'],
    sort: ['Alasan', ['2', '3', '1']],
    search: ['gerbang', ['2']],
    filter: ['Stasiun', 'ST1', ['1']],
  },
  {
    path: '/#/devices/dev-1',
    table: 'commands',
    rows: ['flush-pump', 'report', 'reboot'],
    sort: ['Perintah', ['flush-pump', 'reboot', 'report']],
    search: ['sari', ['report']],
    filter: ['Perintah', 'reboot', ['reboot']],
  },
  {
    path: '/#/devices/dev-1',
    table: 'changes',
    rows: ['3', '2', '1'],
    sort: ['Revisi', ['1', '2', '3']],
    search: ['sari', ['2']],
    filter: ['Diberikan', 'Budi', ['3', '1']],
    open: (page) => page.locator('summary').click(),
  },
  {
    path: '/#/people',
    table: 'all',
    rows: ['Agus Tono', 'Budi', 'Sari'],
    sort: ['Nama masuk', ['Budi', 'Sari', 'Agus Tono']],
    search: ['tono', ['Agus Tono']],
    filter: ['Peran', 'Petugas piket', ['Sari']],
    isPersonal: true,
  },
  {
    path: '/#/tokens',
    table: 'all',
    rows: ['cadangan', 'layar', 'posko'],
    sort: ['Berlaku sampai', ['posko', 'layar', 'cadangan']],
    search: ['pos', ['posko']],
    filter: ['Peran', 'Operator', ['cadangan']],
    isPersonal: true,
  },
];

const open = async (browser: Browser, api: ConsoleApi, of: TableCase, viewport = { width: 1_440, height: 900 }) => {
  const opened = await openPage(browser, `${api.url}${of.isPersonal === true ? '/#/account' : of.path}`, { viewport });
  const { page } = opened;
  if (of.isPersonal === true) {
    await signInOn(page, 'budi');
    await page.getByRole('heading', { level: 1, name: 'Budi' }).waitFor();
    await page.goto(`${api.url}${of.path}`);
  }
  await of.open?.(page);
  const table = page.locator(`[data-table="${of.table}"]`);
  await table.locator('[data-row]').first().waitFor();
  return { ...opened, table };
};

/** The rows that are shown, each by the number or name that the case has. */
const shownRows = async (table: Locator, names: readonly string[]): Promise<readonly string[]> => {
  const rows = Texts.parse(await table.locator('[data-row]').evaluateAll((all) => all.map((row) => row.textContent)));
  const ids = Texts.parse(
    await table.locator('[data-row]').evaluateAll((all) => all.map((row) => row.getAttribute('data-row') ?? '')),
  );
  return ids.map((id, i) => names.find((name) => name === id) ?? names.find((name) => rows[i]?.includes(name)) ?? id);
};

const nameOf = ({ path, table }: TableCase): string => `${path} (${table})`;

describe.skipIf(!hasChromium)('the tables of the console', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  test.for(CASES.map((of) => [nameOf(of), of] as const))('search, sort and filter: %s', async ([, of]) => {
    const api = await filledApi();
    const { page, table, objections } = await open(browser, api, of);
    const becomes = (rows: readonly string[]) =>
      eventually(async () => expect(await shownRows(table, of.rows)).toEqual(rows));
    await becomes(of.rows);
    const head = table.getByRole('columnheader').getByText(of.sort[0], { exact: true });
    await head.click();
    await becomes(of.sort[1]);
    await head.click();
    await eventually(async () => expect((await shownRows(table, of.rows))[0]).toBe(of.sort[1].at(-1)));
    await table.getByRole('searchbox').fill(of.search[0]);
    await becomes(of.search[1]);
    await page.reload();
    await of.open?.(page);
    await becomes(of.search[1]);
    await table.getByRole('searchbox').fill('');
    await table.getByRole('combobox', { name: of.filter[0], exact: true }).selectOption(of.filter[1]);
    await eventually(async () => expect((await shownRows(table, of.rows)).toSorted()).toEqual(of.filter[2].toSorted()));
    expect(objections).toEqual([]);
  });

  test.for(CASES.map((of) => [nameOf(of), of] as const))(
    'are read on a phone without scrolling aside: %s',
    async ([, of]) => {
      const api = await filledApi();
      const { page, table } = await open(browser, api, of, PHONE);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(PHONE.width);
      const row = table.locator('[data-row]').first();
      for (const cell of await row.locator('> *').all()) {
        const box = await cell.boundingBox();
        expect(box === null ? PHONE.width : box.x + box.width).toBeLessThanOrEqual(PHONE.width);
      }
      const labels = Texts.parse(
        await row.locator('> *').evaluateAll((all) => all.map((cell) => cell.dataset['title'])),
      );
      expect(labels.every((label) => label !== '')).toBe(true);
      const sort = table.getByRole('combobox', { name: 'Urutkan', exact: true });
      const options = Texts.parse(
        await sort.locator('option').evaluateAll((all) => all.map((each) => each.textContent)),
      );
      expect(options).toContain(`${of.sort[0]} ↓`);
      await sort.selectOption({ label: `${of.sort[0]} ↓` });
      await eventually(async () => expect((await shownRows(table, of.rows))[0]).toBe(of.sort[1].at(-1)));
    },
  );

  test('search and sort the trail of changes', async () => {
    const api = await filledApi();
    const { page } = await openPage(browser, `${api.url}/#/audit`);
    const table = page.locator('[data-table="all"]');
    await table.locator('[data-entry]').first().waitFor();
    const numbers = async (): Promise<readonly number[]> =>
      z
        .array(z.coerce.number())
        .parse(await table.locator('[data-row]').evaluateAll((all) => all.map((row) => row.getAttribute('data-row'))));
    const newestFirst = await numbers();
    expect(newestFirst).toEqual(newestFirst.toSorted((a, b) => b - a));
    await table.getByRole('columnheader').getByText('No.', { exact: true }).click();
    await eventually(async () => expect(await numbers()).toEqual(newestFirst.toReversed()));
    await table.getByRole('searchbox').fill('posko');
    await table.locator('[data-row]').nth(1).waitFor({ state: 'detached' });
    await table.locator('[data-row]').getByText('posko').first().waitFor();
    await table.getByRole('searchbox').fill('');
    const what = table.getByRole('combobox', { name: 'Perubahan', exact: true });
    await what.selectOption({ index: 1 });
    const chosen = await what.inputValue();
    await eventually(async () => {
      const texts = await table.locator('[data-row]').allInnerTexts();
      expect(texts.length).toBeGreaterThan(0);
      expect(texts.every((text) => text.includes(chosen))).toBe(true);
    });
  });

  test.for(['desk', 'phone'] as const)(
    'draw of 2,000 rows those near the screen, in their place: %s',
    async (screen) => {
      const lines = Array.from({ length: 2_000 }, (_, i) => aLine({ device: `many-${1_000 + i}`, received: i }));
      const api = await filledApi(lines);
      const path = '/#/pipeline?lines.sort=device';
      const viewport = screen === 'desk' ? { width: 1_440, height: 900 } : PHONE;
      const { page, objections } = await openPage(browser, `${api.url}${path}`, { viewport });
      const table = page.locator('[data-table="lines"]');
      await table.locator('[data-found="2000"]').waitFor();
      await table.locator('[data-line-of="many-1000"]').waitFor();
      expect(await table.locator('[data-row]').count()).toBeLessThan(200);
      await table.locator('[data-line-of="many-1000"]').scrollIntoViewIfNeeded();
      for (const part of [0.25, 0.5, 0.75]) {
        await page.evaluate(`scrollTo(0, ${part} * document.documentElement.scrollHeight)`);
        await eventually(async () => {
          const seen = await page.evaluate(
            `[...document.querySelectorAll('[data-table="lines"] [data-row]')].filter((row) => {
            const { top, bottom } = row.getBoundingClientRect();
            return bottom > 0 && top < innerHeight;
          }).length`,
          );
          expect(seen).toBeGreaterThan(screen === 'desk' ? 10 : 1);
        });
      }
      await eventually(async () => {
        await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
        expect(await table.locator('[data-line-of="many-2999"]').count()).toBe(1);
      });
      await table.getByRole('searchbox').fill('many-2500');
      await table.locator('[data-found="1"]').waitFor();
      await table.locator('[data-line-of="many-2500"]').waitFor();
      expect(objections).toEqual([]);
    },
  );
});
