import { accessSync, constants } from 'node:fs';
import process from 'node:process';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { WAIT } from '#test/support/limits.ts';

const CHROMIUM = '/usr/bin/chromium';

/** Whether there is a browser to test with: Debian's `chromium`. */
export const hasChromium = ((): boolean => {
  try {
    accessSync(CHROMIUM, constants.X_OK);
    return true;
  } catch {
    return false;
  }
})();

const QUIET = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const WITHOUT_WEBGL = ['--disable-gpu', '--disable-3d-apis'];
const WITH_WEBGL = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];

/** A name that no browser takes for its own machine; it leads to loopback all the same. */
export const DISTANT_HOST = 'klawing.test';
const HOSTS = [`--host-resolver-rules=MAP ${DISTANT_HOST} 127.0.0.1`];

/**
 * Debian's Chromium without a window; WebGL is drawn by the processor, or is not there at all.
 * @param env over that of the test
 */
export const startChromium = (
  webGl: 'webgl' | 'no-webgl' = 'no-webgl',
  env: Readonly<Record<string, string>> = {},
): Promise<Browser> =>
  chromium.launch({
    timeout: WAIT.ms,
    executablePath: CHROMIUM,
    env: { ...process.env, ...env },
    args: [...QUIET, ...HOSTS, ...(webGl === 'webgl' ? WITH_WEBGL : WITHOUT_WEBGL)],
  });

export interface Opened {
  readonly page: Page;
  /** Whatever the browser objected to. */
  readonly objections: readonly string[];
  /** Addresses that the page asked for. */
  readonly asked: readonly string[];
}

export const DESK = { width: 1_280, height: 800 };
export const PHONE = { width: 360, height: 740 };

/**
 * Opens a page in a context of its own, which ends with the running test.
 * @param prepare is given the page before it asks for anything
 */
export const openPage = async (
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
  prepare: (page: Page) => Promise<void> = () => Promise.resolve(),
): Promise<Opened> => {
  const context = await browser.newContext({ viewport: DESK, locale: 'id-ID', ...options });
  onTestFinished(() => context.close());
  context.setDefaultTimeout(WAIT.ms);
  const page = await context.newPage();
  const objections: string[] = [];
  const asked: string[] = [];
  page.on('pageerror', (error) => objections.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') objections.push(`${message.text()} ${message.location().url}`);
  });
  page.on('request', (request) => asked.push(request.url()));
  await prepare(page);
  await page.goto(url);
  return { page, objections, asked };
};
