import { z } from 'zod';
import type { Clock } from '#model/base/clock.ts';
import type { Log } from '#model/base/log.ts';
import type { Store } from './store.ts';
import { startDuckDbStore } from './duckdb/duckdb.ts';
import { DuckDbSettings } from './duckdb/settings.ts';
import { startInfluxStore } from './influx/influx.ts';
import { InfluxSettings } from './influx/settings.ts';

/** `store:` in `klawing.yaml`: which store, and its settings. */
export const StoreSettings = z.discriminatedUnion('kind', [DuckDbSettings, InfluxSettings], {
  error: 'there is no such store; write duckdb or influx',
});
export type StoreSettings = z.infer<typeof StoreSettings>;

export interface StoreDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** The data folder, for a store that lives in it. */
  readonly folder: string;
}

/**
 * Every store there is. A new one is a schema above and a line here.
 * @throws Fault when an embedded store cannot be opened; a server that is away is noticed by the first call
 */
export const startStore = async (settings: StoreSettings, deps: StoreDeps): Promise<Store> => {
  switch (settings.kind) {
    case 'duckdb':
      return startDuckDbStore(settings, deps);
    case 'influx':
      return startInfluxStore(settings, deps);
  }
};
