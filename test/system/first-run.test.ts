import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { purbalingga } from '#firmware-sim/fleet/purbalingga.ts';
import { eventually } from '#test/support/eventually.ts';
import { type Service, testService } from '#test/support/servers/service.ts';

const CHROMIUM = '/usr/bin/chromium';

/** A station of every family of the demo fleet. */
const ONE_OF_EACH = new Map(purbalingga.stations.map(({ family, name }) => [family, name]));

const Latest = z.object({
  values: z.array(z.object({ family: z.string(), value: z.number(), age_seconds: z.number() })),
});

const latest = async (service: Service): Promise<z.infer<typeof Latest>['values']> =>
  Latest.parse(await (await service.get('/v1/latest')).json()).values;

/** Processes that belong to a process group, whatever has become of their parents. */
const processesOf = (group: number): readonly string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        // after the name in parentheses: state, parent, process group
        return (
          readFileSync(`/proc/${pid}/stat`, 'utf8')
            .replace(/^.*\) /s, '')
            .split(' ')[2] === String(group)
        );
      } catch {
        return false;
      }
    });

/** The page as a visitor sees it. */
const openPage = async (service: Service): Promise<{ readonly text: () => Promise<string> }> => {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  await page.goto(service.url);
  return { text: () => page.locator('body').innerText() };
};

test('klawing up --demo shows live values of every family within a minute, says where, and ends without a trace', async () => {
  const service = await testService({ upWith: ['--demo'] });
  const up = service.running('up');
  await eventually(async () => {
    const values = await latest(service);
    for (const name of ONE_OF_EACH.keys()) expect(values.map(({ family }) => family)).toContain(name);
    expect(Math.min(...values.map(({ age_seconds: age }) => age))).toBeLessThan(30);
  });

  expect(up.out()).toContain('Klawing is ready.');
  expect(up.out()).toContain(service.url);
  expect(up.out()).toContain(`mqtt://127.0.0.1:${service.ports.mqtt}`);
  expect(up.out()).toContain(service.data);
  expect(processesOf(up.pid)).toHaveLength(4);

  if (existsSync(CHROMIUM)) {
    const page = await openPage(service);
    await eventually(async () => {
      const text = await page.text();
      for (const name of ONE_OF_EACH.values()) expect(text).toContain(name);
      expect(text).toMatch(/\d[.,]\d/);
    });
  }

  expect(await service.kill('up', 'SIGTERM')).toEqual({ status: 0, signal: null });
  expect(processesOf(up.pid)).toEqual([]);
  expect(up.err()).not.toMatch(/"level":(50|60)/);
});
