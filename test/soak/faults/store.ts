import { systemClock } from '#model/base/clock.ts';
import { milliseconds } from '#model/base/duration.ts';
import type { SoakFault, SoakContext } from '#test/soak/fault.ts';
import { untilMore } from '#test/soak/progress.ts';
import type { InfluxServer } from '#test/support/servers/influxd.ts';

const AWAYS: readonly ((influx: InfluxServer, span: number) => Promise<void>)[] = [
  async (influx, span) => {
    influx.stall();
    await systemClock.sleep(milliseconds(span));
    influx.resume();
  },
  async (influx, span) => {
    await influx.stop();
    await systemClock.sleep(milliseconds(span));
    await influx.restart();
  },
  async (influx, span) => {
    await influx.kill();
    await systemClock.sleep(milliseconds(span));
    await influx.restart();
  },
];

/** Acknowledging must go on while the store is away. */
const round = async ({ ground, sender, random }: SoakContext): Promise<void> => {
  const { influx } = ground;
  if (influx === undefined) throw new Error('a store that lives in ingest cannot be away; add --store influx');
  await untilMore(sender, 20);
  const away = AWAYS[Math.floor(random.next() * AWAYS.length)];
  const going = away?.(influx, 1_000 + random.next() * 3_000);
  await untilMore(sender, 20);
  await going;
};

export const storeAway: SoakFault = {
  name: 'store',
  summary: 'InfluxDB hangs, is ended or killed, for some seconds',
  stores: ['influx', 'influx2'],
  begin: () => ({ options: { config: 'store: { kind: influx, timeout: 1s }\n' }, round }),
};
