import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { systemClock } from '#model/base/clock.ts';
import type { Store } from '#storage/readings/store.ts';
import { startStore, StoreSettings } from '#storage/readings/index.ts';
import { hasInfluxd, ON_INFLUXD, startInfluxd, type Influxd } from '#test/support/servers/influxd.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';

/** One store of the register, with the means to take it away, to bring it back and to make it refuse one reading. */
export interface StoreHarness {
  readonly name: string;
  /** Why it cannot run here. */
  readonly missing: string | undefined;
  /** Options of vitest for its suites. */
  readonly options: { readonly tags?: string[] };
  /** Once for all tests. */
  prepare(folder: string): Promise<void>;
  /** An empty store. */
  start(): Promise<Store>;
  /** Makes the empty store refuse every value of `air`/`no2` of station `ST1`; undefined where nothing is refused. */
  readonly poison: (() => Promise<void>) | undefined;
  readonly goAway: (() => Promise<void>) | undefined;
  readonly comeBack: (() => Promise<void>) | undefined;
  end(): Promise<void>;
}

const depsIn = (folder: string) => ({ folder, clock: systemClock, log: silentLog() });

const duckDb = (): StoreHarness => {
  let root = '';
  let count = 0;
  return {
    name: 'duckdb',
    missing: undefined,
    options: {},
    prepare: async (folder) => {
      root = folder;
    },
    start: () => {
      count += 1;
      const folder = join(root, String(count));
      mkdirSync(folder);
      return startStore(StoreSettings.parse({ kind: 'duckdb' }), depsIn(folder));
    },
    poison: undefined,
    // its file being locked and its disk being full have tests of their own
    goAway: undefined,
    comeBack: undefined,
    end: async () => undefined,
  };
};

const influx = (): StoreHarness => {
  let server: Influxd | undefined;
  let count = 0;
  const running = (): Influxd => {
    if (server === undefined) throw new Error('influxd was not started');
    return server;
  };
  return {
    name: 'influx',
    missing: hasInfluxd ? undefined : 'influxd is not installed (Debian package influxdb)',
    options: ON_INFLUXD,
    prepare: async (folder) => {
      server = await startInfluxd(folder);
    },
    start: () => {
      count += 1;
      const settings = {
        kind: 'influx',
        url: running().url,
        bucket: `suite${count}`,
        writePath: '/write',
        timeout: '5s',
      };
      return startStore(StoreSettings.parse(settings), depsIn(''));
    },
    poison: async () => {
      const database = `suite${count}`;
      const line = 'air,device=poison,station=ST1 no2="a text" 1500000000000';
      await fetch(`${running().url}/query?q=CREATE+DATABASE+${database}`, { method: 'POST' });
      // a field's type holds for one shard, so it is set in the week of the readings
      const texts = [line, line.replace('1500000000000', '1795489200000')].join('\n');
      await fetch(`${running().url}/write?db=${database}&precision=ms`, { method: 'POST', body: texts });
    },
    goAway: () => running().kill(),
    comeBack: () => running().restart(),
    end: async () => server?.stop(),
  };
};

/** Everything in the register of stores. */
export const STORE_HARNESSES: readonly (() => StoreHarness)[] = [duckDb, influx];
