import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { formatInstant } from '#model/base/instant.ts';
import { systemClock } from '#model/base/clock.ts';
import { eventually } from '#test/support/eventually.ts';
import { startKlawing } from '#test/support/servers/klawing.ts';
import { testService } from '#test/support/servers/service.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';
import { checkout, isCheckout } from '#test/support/builders/tree.ts';

const FILE = `import { defineFamily } from '#model/readings/family.ts';
import { HOUSEKEEPING } from '#model/readings/housekeeping.ts';

/** Street noise: A-weighted levels over one minute, as a class 2 meter reports them. */
export const noise = defineFamily({
  name: 'noise',
  title: { id: 'Kebisingan', en: 'Noise' },
  headline: 'laeq',
  properties: {
    laeq: {
      title: { id: 'LAeq, 1 menit', en: 'LAeq, 1 min' },
      unit: 'dB',
      range: [20, 140],
      usual: [30, 110],
      decimals: 1,
      signal: { mean: 55, daily: 12, peakHour: 17, jitter: 3 },
    },
    ...HOUSEKEEPING,
  },
  limits: [
    {
      name: 'loud',
      property: 'laeq',
      title: { id: 'Bising', en: 'Loud' },
      raise: 75,
      hysteresis: 3,
      direction: 'above',
      holdMinutes: 10,
      severity: 'moderate',
    },
  ],
  crossChecks: [],
});
`;

const CASE = {
  'topic.txt': 'v1/noise/readings\n',
  'packet.json': '{"time":"2026-11-24T03:00:00Z","laeq":61.5,"peak":80}\n',
  'readings.json': JSON.stringify([
    { observed_at: '2026-11-24T03:00:00.000Z', station: 'PBG-NOISE', property: 'laeq', value: 61.5, flag: 1 },
  ]),
  'fault.txt': '/peak PROPERTY_UNKNOWN\n',
};

const FAMILY_LIST = /(export const FAMILIES: [^=]+= \[)([^\]]+)\]/;

/** The tree as it is, and to it one file, one line in the register (and its import) and one golden case. */
const treeWithNoise = (): string => {
  const tree = checkout({ hasConsole: true });
  writeFileSync(join(tree, 'model/families/noise.ts'), FILE);
  const register = join(tree, 'model/families/index.ts');
  const before = readFileSync(register, 'utf8');
  writeFileSync(register, `import { noise } from './noise.ts';\n${before.replace(FAMILY_LIST, '$1$2, noise]')}`);
  const golden = join(tree, 'test/golden/noise/one-minute');
  mkdirSync(golden, { recursive: true });
  for (const [name, content] of Object.entries(CASE)) writeFileSync(join(golden, name), content);
  return tree;
};

const Readings = z.object({ readings: z.array(z.object({ value: z.number(), flag: z.number() })) });
const Latest = z.object({ values: z.array(z.object({ family: z.string(), property: z.string() })) });

describe.runIf(isCheckout())('one file, one line and one golden case add a family', () => {
  test('that every suite over the registers takes up', () => {
    const tree = treeWithNoise();
    const boards = spawnSync(process.execPath, ['dashboards/grafana/generate.ts'], { cwd: tree, encoding: 'utf8' });
    expect(boards.status, boards.stderr).toBe(0);
    const suites = [
      'test/golden',
      'test/contract/codecs.test.ts',
      'test/contract/api-registry.test.ts',
      'test/contract/api-state.test.ts',
      'test/contract/api-stations.test.ts',
      'test/repository/boards.test.ts',
      'test/repository/families.test.ts',
      'test/repository/registers.test.ts',
      'test/unit/alerter/rules',
      'test/unit/firmware-sim',
      'test/unit/state',
    ];
    const file = join(tree, 'report.json');
    const args = [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--project',
      'fast',
      '--reporter=json',
      `--outputFile=${file}`,
    ];
    const { status, stderr } = spawnSync(process.execPath, [...args, ...suites], { cwd: tree, encoding: 'utf8' });
    const { numFailedTests, testResults } = z
      .object({
        numFailedTests: z.number(),
        testResults: z.array(z.object({ assertionResults: z.array(z.object({ fullName: z.string() })) })),
      })
      .parse(JSON.parse(readFileSync(file, 'utf8')));
    const names = testResults.flatMap(({ assertionResults }) => assertionResults.map(({ fullName }) => fullName));
    expect(numFailedTests, stderr).toBe(0);
    expect(status, stderr).toBe(0);
    expect(names).toContain('noise/one-minute gives its readings and their flags, and its ids as they were written');
    expect(names.some((name) => name.startsWith('json carrying noise'))).toBe(true);
    expect(names).toContain('noise laeq has a UCUM unit that people can read');
  });

  test('that the running service accepts, flags, documents and simulates', async () => {
    const tree = treeWithNoise();
    const service = await testService({ tree });
    await service.ready();
    await service.addStation('PBG-N01', 'noise');
    const secret = await service.addDevice('noise-1', 'PBG-N01');
    const now = systemClock.now();
    const body = JSON.stringify(
      [61.5, 115, 150].map((laeq, index) => ({ time: formatInstant(now - 180_000 + index * 60_000), laeq })),
    );
    const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
    const answer = await fetch(`${service.url}/v1/devices/noise-1/readings`, { method: 'POST', headers, body });
    expect(answer.status).toBe(202);
    await eventually(async () => {
      const found = await service.get('/v1/stations/PBG-N01/readings?property=laeq&flags=1,2,3,4');
      expect(Readings.parse(await found.json()).readings).toMatchObject([
        { value: 61.5, flag: 1 },
        { value: 115, flag: 3 },
        { value: 150, flag: 4 },
      ]);
    });

    const openapi = await (await service.get('/openapi.json')).text();
    expect(openapi.includes('noise: laeq (dB)'), 'the description names the family, its property and the unit').toBe(
      true,
    );

    const env = {
      KLAWING_DATA: service.data,
      KLAWING_MQTT_PORT: String(service.ports.mqtt),
      KLAWING_HTTP_PORT: String(service.ports.http),
    };
    const sim = startKlawing(['sim', '--devices', '11', '--interval', '1s', '--no-mishaps'], {
      env,
      folder: tempFolder(),
      tree,
    });
    onTestFinished(() => sim.destroy());
    await eventually(async () => {
      const latest = Latest.parse(await (await service.get('/v1/latest?family=noise')).json()).values;
      expect(latest.filter(({ property }) => property === 'laeq')).toHaveLength(2);
    });
  });
});
