import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { Browser, Page } from 'playwright-core';
import { z } from 'zod';
import { DESK, PHONE, startChromium } from './support/servers/chromium.ts';
import { eventually } from './support/eventually.ts';
import { WAIT } from './support/limits.ts';
import { freePort } from './support/servers/free-port.ts';

const FOLDER = 'docs/screenshots';
/** Some hours of weather with a flood at its end, as fast as the machine takes it. */
const STORY = ['sim', '--seed', '7', '--scenario', 'flood', '--speed-up', '240', '--span', '6h'];
/** The plain map stands in until the map is drawn, which takes a while without a graphics card. */
const PLAIN_MAP = '[data-map="svg"]';

const SHOTS = [
  { name: 'overview', path: '/', viewport: DESK, drawn: '[data-marker]' },
  { name: 'station', path: '/#/stations/PBG-R03', viewport: { width: 1_280, height: 1_000 }, drawn: '[data-drawn]' },
  { name: 'alerts', path: '/#/alerts', viewport: DESK, drawn: '[data-alert]' },
  { name: 'pipeline', path: '/#/pipeline', viewport: DESK, drawn: '[data-balanced]' },
  { name: 'phone', path: '/', viewport: PHONE, drawn: '[data-marker]' },
  { name: 'device', path: '/#/devices/pbg-r03', viewport: DESK, drawn: '[data-command]' },
];

const Alerts = z.object({ alerts: z.array(z.object({ state: z.string() })) });
const Device = z.object({ secret: z.string() });
const Latest = z.object({ values: z.array(z.object({ age_seconds: z.number() })) });

const ask = async <T>(url: string, shape: z.ZodType<T>): Promise<T> => {
  const answer = await fetch(url, { signal: AbortSignal.timeout(WAIT.ms) });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  return shape.parse(await answer.json());
};

const start = (words: readonly string[], env: Readonly<Record<string, string>>): ChildProcess =>
  spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'klawing.ts', ...words], {
    env: { ...process.env, KLAWING_LOG: 'error', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });

const stop = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null) return resolve();
    child.once('close', () => resolve());
    return void child.kill('SIGTERM');
  });

const tokenOf = (data: string): string => readFileSync(join(data, 'operator.token'), 'utf8').trim();

const send = async (method: 'POST' | 'PUT', address: string, body: unknown, secret: string): Promise<unknown> => {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${secret}` };
  const answer = await fetch(address, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${address} answers ${answer.status}`);
  return answer.json();
};

/** A device that says something unheard of, for the quarantine. */
const sendNonsense = async (url: string, data: string): Promise<void> => {
  const made = await send('POST', `${url}/v1/devices`, { id: 'aq-baru', station: 'PBG-A01' }, tokenOf(data));
  const readings = `${url}/v1/devices/aq-baru/readings`;
  await send('POST', readings, { pm25: 38.5, pm10: 61 }, Device.parse(made).secret);
};

/** A command for the page of a device. */
const giveOrders = async (url: string, data: string): Promise<void> => {
  const device = `${url}/v1/devices/pbg-r03`;
  const config = { interval: '5s', limits: { stage: { max: 2.5 } } };
  await send('PUT', `${device}/config`, { config, by: 'Sari' }, tokenOf(data));
  for (const name of ['report', 'calibrate', 'reboot']) {
    await send('POST', `${device}/commands`, { name, by: 'Sari' }, tokenOf(data));
  }
};

/** Until the story has caught up with the present, and an alert of it fires. */
const untilTold = (url: string): Promise<void> =>
  eventually(async () => {
    const { values } = await ask(`${url}/v1/latest`, Latest);
    if (values.length === 0 || values.some(({ age_seconds }) => age_seconds > 60)) throw new Error('still in the past');
    const { alerts } = await ask(`${url}/v1/alerts`, Alerts);
    if (!alerts.some(({ state }) => state === 'firing')) throw new Error('no alert fires');
  });

const shoot = async (
  browser: Browser,
  url: string,
  { name, path, viewport, drawn }: (typeof SHOTS)[number],
): Promise<void> => {
  const page: Page = await browser.newPage({ viewport, locale: 'id-ID' });
  await page.goto(`${url}${path}`);
  page.setDefaultTimeout(WAIT.ms);
  await page.locator('[data-line="live"]').waitFor();
  await page.locator(drawn).first().waitFor();
  await page.locator(PLAIN_MAP).waitFor({ state: 'detached' });
  const file = join(FOLDER, `${name}.png`);
  await page.screenshot({ path: file });
  await page.close();
  process.stdout.write(`${file}, ${Math.round(statSync(file).size / 1_000)} kB\n`);
};

/** Runs a fleet through a flood and writes pictures of the console into `docs/screenshots`: all, or those that are named. */
const makeScreenshots = async (wanted: readonly string[]): Promise<void> => {
  const data = mkdtempSync(join(tmpdir(), 'klawing-'));
  const [http, mqtt, ws] = [await freePort(), await freePort(), await freePort()];
  const ports = { KLAWING_HTTP_PORT: `${http}`, KLAWING_MQTT_PORT: `${mqtt}`, KLAWING_WS_PORT: `${ws}` };
  const env = { KLAWING_DATA: data, ...ports };
  const url = `http://127.0.0.1:${http}`;
  mkdirSync(FOLDER, { recursive: true });
  const started = [start(['up'], env), start(STORY, env)];
  const browser = await startChromium('webgl');
  try {
    process.stdout.write('Playing the story; this takes some minutes.\n');
    await untilTold(url);
    await sendNonsense(url, data);
    await giveOrders(url, data);
    for (const shot of SHOTS) if (wanted.length === 0 || wanted.includes(shot.name)) await shoot(browser, url, shot);
  } finally {
    await browser.close();
    for (const child of started.toReversed()) await stop(child);
    rmSync(data, { recursive: true, force: true });
  }
};

await makeScreenshots(process.argv.slice(2));
