import mqtt from 'mqtt';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { purbalingga } from '#firmware-sim/fleet/purbalingga.ts';
import { demoStorm } from '#firmware-sim/scenarios/demo-storm.ts';
import { systemClock } from '#model/base/clock.ts';
import { milliseconds, minutes, seconds } from '#model/base/duration.ts';
import { formatInstant, type Instant } from '#model/base/instant.ts';
import { hasChromium, openPage, startChromium } from '#test/support/servers/chromium.ts';
import { eventually } from '#test/support/eventually.ts';
import { NO_ALERTS, type Row, type Sight, sightsOf, watched } from '#test/support/clients/onlooker.ts';
import { type Service, testService } from '#test/support/servers/service.ts';
import { startTcpProxy } from '#test/support/servers/tcp-proxy.ts';
import { play, type Said } from '#test/unit/firmware-sim/scenarios/played.ts';

/** Of the story, in seconds: until every crest has passed. */
const STORY = 360;
const STEP = 10;
/** A gauge and an air sensor report what no sensor can measure, while Bancar stands above Siaga. */
const NONSENSE_AT = 250;
const CUT_AT = 200;

const TONES = ['normal', 'rank-1', 'rank-2', 'rank-3'];
const rankOf = (tone: string | null | undefined): number => TONES.indexOf(tone ?? '');

const RIVERS = purbalingga.stations.filter(({ family }) => family === 'river');

/** Number of registered warning levels of a river at or below a stage. */
const levelOf = (station: string, stage: number): number => {
  const attributes = RIVERS.find(({ id }) => id === station)?.attributes ?? {};
  return ['waspada', 'siaga', 'awas'].filter((name) => stage >= Number(attributes[name])).length;
};

/** The rank that a bin has by what is shown of it. */
const binLevelOf = (value: number, unit: string): number => {
  if (unit === '°C') return value >= 60 ? 3 : 0;
  return Number(value >= 60) + Number(value >= 80);
};

const BIN_UNITS = [
  ['temperature', '°C'],
  ['fill', '%'],
] as const;

/** The number that is written, or of a failed value the newest valid one; undefined where there is none. */
const numberIn = ({ value, about }: Row): readonly [value: number, unit: string] | undefined => {
  const text = value === '—' ? (/nilai valid terakhir ([^,]+(?:,\d+)? ?\S*),/.exec(about)?.[1] ?? '') : value;
  const match = /^(-?[\d.]+(?:,\d+)?)\s*(\S*)$/.exec(text.replace('−', '-'));
  if (match?.[1] === undefined) return undefined;
  return [Number(match[1].replaceAll('.', '').replace(',', '.')), match[2] ?? ''];
};

const Standing = z.object({
  alerts: z.array(
    z.object({ id: z.number(), station: z.string(), state: z.string(), severity: z.string(), rule: z.string() }),
  ),
});
type Alerts = z.infer<typeof Standing>['alerts'];

interface Fleet {
  /** Sends what every device said in that second of the story, and waits until all of it is acknowledged. */
  say(second: number): Promise<void>;
  /** The newest valid stage of each river, by its station. */
  readonly stages: ReadonlyMap<string, number>;
  /** The rank of each river and of each place with bins, by what their devices have said last. */
  ranks(): ReadonlyMap<string, number>;
}

const clientOf = async (service: Service, device: string, secret: string) => {
  const address = `mqtt://127.0.0.1:${service.ports.mqtt}`;
  const client = await mqtt.connectAsync(address, { username: device, password: secret, clientId: device });
  onTestFinished(async () => client.endAsync(true));
  return client;
};

/** The ranks of the bins of a place by property, after one of them has spoken. */
const levelsAfter = (
  before: ReadonlyMap<string, number> | undefined,
  bin: string,
  values: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> => {
  const said = BIN_UNITS.flatMap(([property, unit]) => {
    const value = values.get(property);
    return value === undefined ? [] : [[`${bin} ${property}`, binLevelOf(value, unit)] as const];
  });
  return new Map([...(before ?? []), ...said]);
};

/** Registers the demo's fleet and connects its devices. They may be silent for half an hour: the story is told faster. */
const startFleet = async (service: Service): Promise<Fleet> => {
  for (const station of purbalingga.stations) {
    expect((await service.post('/v1/stations', station)).status).toBe(201);
  }
  const places = purbalingga.devices.map(({ id, assignments }) => ({ id, station: assignments[0]?.station ?? '' }));
  const made = await service.post('/v1/devices/batch', { devices: places.map((of) => ({ ...of, every: '10m' })) });
  const { devices } = z
    .object({ devices: z.array(z.object({ device: z.string(), secret: z.string() })) })
    .parse(await made.json());
  const secrets = new Map(devices.map(({ device, secret }) => [device, secret]));
  const begin: Instant = systemClock.now() - minutes(9).ms;
  const stages = new Map<string, number>();
  const bins = new Map<string, ReadonlyMap<string, number>>();
  const cast = await Promise.all(
    places.map(async ({ id, station }) => {
      const on = { scenarios: [demoStorm], seed: 1, begin, mishaps: false };
      const said: readonly Said[] = play(on, id, seconds(STORY + 2 * STEP));
      return { id, station, said, client: await clientOf(service, id, secrets.get(id) ?? '') };
    }),
  );
  return {
    stages,
    ranks: () => {
      const rivers = [...stages].map(([station, stage]) => [station, levelOf(station, stage)] as const);
      const places = [...bins].map(([station, levels]) => [station, Math.max(0, ...levels.values())] as const);
      return new Map([...rivers, ...places]);
    },
    say: async (second) => {
      await Promise.all(
        cast.map(async ({ id, station, said, client }) => {
          const values = new Map(said.find((one) => one.second === second)?.values ?? []);
          if (second === NONSENSE_AT && id === 'pbg-r03') values.set('stage', 99);
          else if (values.has('stage')) stages.set(station, values.get('stage') ?? 0);
          if (second === NONSENSE_AT && id === 'pbg-a01') values.set('pm2_5', 5_000);
          if (station.startsWith('PBG-W')) bins.set(station, levelsAfter(bins.get(station), id, values));
          const time = formatInstant(begin + second * 1_000);
          const payload = JSON.stringify({ time, values: Object.fromEntries(values) });
          await client.publishAsync(`v1/${id}/readings`, payload, { qos: 1 });
        }),
      );
    },
  };
};

/** The page as it looks now. */
const lastSight = async (page: Page): Promise<Sight | undefined> => (await sightsOf(page)).at(-1);
const rowOf = (sight: Sight | undefined, station: string): Row | undefined =>
  sight?.rows.find((row) => row.station === station);

/** No row says less than the value that stands in it. */
const expectNoCalm = ({ rows, tones, line }: Sight): void => {
  for (const row of rows) {
    const [value, unit] = numberIn(row) ?? [Number.NaN, ''];
    const isRiver = RIVERS.some(({ id }) => id === row.station) && unit === 'm';
    const isBin = row.station.startsWith('PBG-W');
    const least = isRiver ? levelOf(row.station, value) : isBin && !Number.isNaN(value) ? binLevelOf(value, unit) : 0;
    const told = `${row.station} ${row.value} ${row.words} on a ${line} line`;
    if (least > 0) expect(rankOf(row.tone), told).toBe(least);
    if (least > 0) expect(rankOf(tones[row.station]), `${told}, on the map`).toBe(least);
    if (row.assurance === 'stale' || row.assurance === 'unknown') expect(row.tone, told).not.toBe('normal');
  }
};

/** What was true at one time: the ranks of the stations by the simulator, the standing alerts by the API. */
interface Step {
  /** Begin of the sending, and the moment at which every page showed it; ms since 1970. */
  readonly from: number;
  readonly shown: number;
  readonly alerts: Alerts;
  readonly ranks: ReadonlyMap<string, number>;
}

/** Between two looks at the standing alerts. */
const POLL = milliseconds(200);

interface Poll {
  /** When it was asked, ms since 1970. */
  readonly at: number;
  readonly alerts: Alerts;
}

/** Reads the standing alerts again and again, beside the pages, until it is stopped. */
const pollAlerts = (read: () => Promise<Alerts>): { readonly polls: readonly Poll[]; stop(): Promise<void> } => {
  const polls: Poll[] = [];
  let reading = Promise.resolve();
  const timer = systemClock.every(POLL, () => {
    reading = reading.then(async () => {
      const at = systemClock.now();
      polls.push({ at, alerts: await read() });
    });
  });
  return {
    polls,
    stop: async () => {
      timer.stop();
      await reading;
    },
  };
};

const isFiring = ({ state }: Alerts[number]): boolean => state === 'firing';

/** Alerts that a page had shown before a sight, and that stood until after it: no page may say that there are none. */
const certainAt = (at: number, steps: readonly Step[], polls: readonly Poll[]): Alerts => {
  const known = steps.findLast(({ shown }) => shown <= at);
  const after = polls.findIndex((poll) => poll.at >= at);
  if (known === undefined || after < 0) return [];
  const since = polls.slice(0, after + 1).filter((poll) => poll.at >= known.shown);
  return known.alerts.filter(({ id, state }) =>
    since.every(({ alerts }) => alerts.some((alert) => alert.id === id && alert.state === state)),
  );
};

/** The least rank that a station may have at a sight: what every page had shown, or anything that was sent since. */
const leastAt = (at: number, station: string, steps: readonly Step[]): number => {
  const known = steps.findLastIndex(({ shown }) => shown <= at);
  if (known < 0) return 0;
  const possible = steps.slice(known).filter(({ from }) => from <= at);
  return Math.min(...possible.map(({ ranks }) => ranks.get(station) ?? 0));
};

/** That a page denied nothing that was true, whatever it knew. */
const expectTruth = (sight: Sight, steps: readonly Step[], polls: readonly Poll[]): void => {
  const { at, hash, line, count, text, head, standing, rows, tones } = sight;
  const told = `${hash} on a ${line} line, ${formatInstant(Math.round(at))}`;
  expect(text, told).not.toMatch(/99,000|5\.000/);
  if (line === 'lost') {
    expect(sight.alerts, told).not.toBe('fresh');
    expect(text, told).not.toContain(NO_ALERTS);
    expect(head?.tone, told).not.toBe('normal');
    return;
  }
  const isCalm = (station: string, tone: string | null | undefined): boolean => {
    const least = leastAt(at, station, steps);
    return least > 0 && typeof tone === 'string' && rankOf(tone) < least;
  };
  if (head !== null) expect(isCalm(head.station, head.tone), told).toBe(false);
  for (const row of rows) expect(isCalm(row.station, row.tone), `${told}, ${row.station}`).toBe(false);
  for (const [station, tone] of Object.entries(tones))
    expect(isCalm(station, tone), `${told}, ${station} on the map`).toBe(false);
  const certain = certainAt(at, steps, polls);
  if (certain.length > 0) expect(text, told).not.toContain(NO_ALERTS);
  if (line === 'live' && certain.some(isFiring)) expect(count, told).not.toBeNull();
  if (line === 'live' && hash === '#/alerts') {
    for (const { id } of certain) expect(standing, told).toContain(String(id));
  }
};

/** Pages that stay open, beside one that goes from station to station. */
const STAYING = ['#/', '#/alerts', '#/fleet', '#/stations/PBG-R03', '#/devices/pbg-r03', '#/pipeline'] as const;
/** Every so many steps the walker goes to each station with levels; to some of the others at each step. */
const WALK = 6;
const OTHERS = 1;

describe.skipIf(!hasChromium)('the storm of the demo, watched at every change of the pages', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  // oxlint-disable-next-line complexity, max-lines-per-function -- one story with what must be true of it at each moment
  test('shows no station above its level as calm, no empty list of alerts while one stands, and no failed value', async () => {
    const service = await testService({ parts: ['broker', 'ingest'] });
    await service.ready();
    const fleet = await startFleet(service);
    const proxy = await startTcpProxy(service.url);
    await fleet.say(0);
    const open = async (hash: string): Promise<Page> =>
      (await openPage(browser, `${proxy.url}/${hash}`, {}, watched)).page;
    const pages = new Map<string, Page>();
    for (const hash of STAYING) pages.set(hash, await open(hash));
    const walker = await open('#/stations/PBG-R05');
    const page = pages.get('#/') ?? walker;
    const bancar = pages.get('#/stations/PBG-R03') ?? walker;
    const all = [...pages.values(), walker];

    const standing = async (): Promise<Alerts> =>
      Standing.parse(await (await service.get('/v1/alerts?state=standing')).json()).alerts;
    const polling = pollAlerts(standing);
    onTestFinished(() => polling.stop());

    /** Until the overview shows what was said last, and every river in the colour of its level. */
    const untilShown = (second: number): Promise<void> =>
      eventually(async () => {
        const sight = await lastSight(page);
        for (const [station, stage] of fleet.stages) {
          const row = rowOf(sight, station);
          const isNonsense = second === NONSENSE_AT && station === 'PBG-R03';
          if (row === undefined) throw new Error(`${station} is not shown`);
          expect(numberIn(row)?.[0], station).toBeCloseTo(stage, 3);
          expect(row.value === '—', station).toBe(isNonsense);
          expect(rankOf(row.tone), `${station} ${row.value}`).toBe(levelOf(station, stage));
        }
        const own = bancar.locator('.title .look');
        expect(rankOf(await own.getAttribute('data-tone'))).toBe(levelOf('PBG-R03', fleet.stages.get('PBG-R03') ?? 0));
      });

    /** Until every page shows the alerts that stand, each in its way. */
    const untilAgreed = (): Promise<Alerts> =>
      eventually(async () => {
        const found = await standing();
        expect((await lastSight(page))?.text.includes(NO_ALERTS)).toBe(found.length === 0);
        const listed = (await lastSight(pages.get('#/alerts') ?? page))?.standing ?? [];
        expect(listed.toSorted()).toEqual(found.map(({ id }) => String(id)).toSorted());
        const firing = found.filter(isFiring).length;
        for (const each of all) {
          expect((await lastSight(each))?.count ?? null).toBe(firing === 0 ? null : String(firing));
        }
        return found;
      });

    const others = purbalingga.stations.map(({ id }) => id).filter((id) => !fleet.ranks().has(id));
    const walk = async (step: number): Promise<void> => {
      const some = Array.from({ length: OTHERS }, (_, i) => others[(step * OTHERS + i) % others.length] ?? 'PBG-R05');
      for (const station of [...(step % WALK === 0 ? fleet.ranks().keys() : []), ...some]) {
        await walker.evaluate(`location.hash = '#/stations/${station}'`);
        await eventually(async () => {
          const sight = await lastSight(walker);
          expect(sight?.head?.station).toBe(station);
          const rank = fleet.ranks().get(station);
          if (rank !== undefined) expect(rankOf(sight?.head?.tone), station).toBe(rank);
        });
      }
    };

    const steps: Step[] = [];
    for (let second = STEP; second <= STORY; second += STEP) {
      if (second === CUT_AT) {
        proxy.cut();
        for (const each of all) await each.locator('[data-line="lost"]').waitFor();
      }
      const from = systemClock.now();
      await fleet.say(second);
      if (second === CUT_AT) {
        const sight = await lastSight(page);
        expect(sight).toMatchObject({ line: 'lost', alerts: 'stale' });
        expect(sight?.rows.filter(({ tone }) => tone === 'normal')).toEqual([]);
        expect(Object.values(sight?.tones ?? {})).not.toContain('normal');
        proxy.heal();
      }
      await untilShown(second);
      const ranks = fleet.ranks();
      await walk(second / STEP);
      const alerts = await untilAgreed();
      steps.push({ from, shown: systemClock.now(), alerts, ranks });
    }
    await polling.stop();

    let looks = 0;
    for (const each of all) {
      const sights = await sightsOf(each);
      looks += sights.length;
      for (const sight of sights) {
        expectNoCalm(sight);
        expectTruth(sight, steps, polling.polls);
      }
    }
    process.stdout.write(`the storm: ${looks} looks of ${all.length} pages in ${steps.length} steps\n`);
    expect(looks).toBeGreaterThan(steps.length);
    const walked = new Set((await sightsOf(walker)).flatMap(({ head }) => head?.station ?? []));
    expect(walked.size).toBe(purbalingga.stations.length);

    // the story has what this is about: above a level with nothing but a pending alert, and after a higher one ended
    const severe = ['severe', 'extreme'];
    const isPendingOnly = steps.some(({ alerts, ranks }) =>
      [...ranks].some(([station, rank]) => {
        const own = alerts.filter((alert) => alert.station === station);
        return rank >= 2 && own.length > 0 && own.every(({ state }) => state === 'pending');
      }),
    );
    expect(isPendingOnly).toBe(true);
    const awas = steps.findIndex(({ alerts }) => alerts.some(({ rule }) => rule === 'awas'));
    const isAfter = steps.slice(awas).some(({ alerts, ranks }) => {
      const own = alerts.filter(({ station }) => station === 'PBG-R05');
      return (ranks.get('PBG-R05') ?? 0) >= 1 && !own.some(({ severity }) => severe.includes(severity));
    });
    expect(awas).toBeGreaterThan(0);
    expect(isAfter).toBe(true);
    expect(
      Math.max(...steps.map(({ ranks }) => [...ranks.values()].filter((rank) => rank > 0).length)),
    ).toBeGreaterThan(2);
  });

  test('says neither calm nor "no alerts" where the page opens and the service does not answer it', async () => {
    const service = await testService({ parts: ['broker', 'ingest'] });
    await service.ready();
    const { page } = await openPage(browser, service.url, {}, async (opened) => {
      await watched(opened);
      await opened.route('**/v1/**', (route) => route.abort());
    });
    for (const path of ['', '#/alerts', '#/stations/PBG-R03', '#/fleet']) {
      await page.goto(`${service.url}/${path}`);
      await page.locator('[data-line="lost"]').waitFor();
      for (const { text } of await sightsOf(page))
        expect(text).not.toMatch(/Tidak ada peringatan|Normal|Semua perangkat/);
    }
    await page.unroute('**/v1/**');
    await page.goto(`${service.url}/#/alerts`);
    await page.locator('[data-alerts="fresh"]').getByText(NO_ALERTS).waitFor();
  });
});
