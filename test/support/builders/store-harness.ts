import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { systemClock } from '#model/base/clock.ts';
import type { Store } from '#storage/readings/store.ts';
import { startStore, StoreSettings } from '#storage/readings/index.ts';
import { INFLUX_KINDS, type InfluxKind } from '#test/support/servers/influx2/kinds.ts';
import type { InfluxPlace, InfluxServer } from '#test/support/servers/influxd.ts';
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

const influxOf = (kind: InfluxKind) => (): StoreHarness => {
  let server: InfluxServer | undefined;
  let place: InfluxPlace | undefined;
  let count = 0;
  const running = (): InfluxServer => {
    if (server === undefined) throw new Error(`${kind.title} was not started`);
    return server;
  };
  return {
    name: kind.name,
    missing: kind.missing,
    options: kind.options,
    prepare: async (folder) => {
      server = await kind.start(folder);
    },
    start: async () => {
      count += 1;
      place = await running().place(`suite${count}`);
      return startStore(StoreSettings.parse({ kind: 'influx', ...place.settings, timeout: '5s' }), depsIn(''));
    },
    poison: async () => {
      if (place === undefined) throw new Error('no store was started');
      const { database, writePath, headers } = place;
      const line = 'air,device=poison,station=ST1 no2="a text" 1500000000000';
      if (kind.name === 'influx') {
        await fetch(`${running().url}/query?q=CREATE+DATABASE+${database}`, { method: 'POST' });
      }
      // a field's type holds for one shard, so it is set in the week of the readings
      const texts = [line, line.replace('1500000000000', '1795489200000')].join('\n');
      await fetch(`${running().url}${writePath}`, { method: 'POST', body: texts, headers });
    },
    goAway: () => running().kill(),
    comeBack: () => running().restart(),
    end: async () => server?.dispose(),
  };
};

/** Everything in the register of stores, InfluxDB on each kind of server. */
export const STORE_HARNESSES: readonly (() => StoreHarness)[] = [duckDb, ...INFLUX_KINDS.map(influxOf)];
