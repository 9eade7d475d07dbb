import { withClosing } from '#bench/closing.ts';
import type { Figure, RowResult } from '#bench/report/figure.ts';
import { startGenerator } from '#bench/generator.ts';
import { proveLedger } from '#bench/ledger.ts';
import { countBacklog } from '#bench/load/backlog.ts';
import { VALUES_PER_MESSAGE } from '#bench/load/publishes.ts';
import { checkClosed } from '#bench/round.ts';
import type { Bench, Row } from '#bench/row.ts';
import { startService } from '#bench/service/service.ts';
import { type StoreKind, startStoreUnderTest } from '#bench/service/stores.ts';
import { untilStored } from '#bench/service/until-stored.ts';

const DEVICES = 200;
const OUTAGE = { minutes: 48 * 60, duplicates: 0.05, revised: 0.01 };
const LIVE_RATE = 20;
const LIVE_WINDOW = 100;
const LIVE_WARM_UP_MS = 2_000;
const TARGET_SECONDS: Readonly<Record<StoreKind, number>> = { duckdb: 30, influx: 60 };

const measureInto = (kind: StoreKind, bench: Bench): Promise<{ figures: Figure[]; notes: string[] }> =>
  withClosing(async (closing) => {
    const store = closing.use(await startStoreUnderTest(kind, bench.on));
    const service = closing.use(await startService({ on: bench.on, store: store.env, profile: bench.profile }));
    await service.startIngest();
    const accounts = await service.register(DEVICES + 1, DEVICES + 1);
    const { clock } = bench;
    const from = clock.now();
    const plan = { port: service.mqttPort, from };
    const until = Math.floor(from / 60_000) * 60_000;
    const late = closing.use(
      await startGenerator({
        ...plan,
        clients: accounts.slice(0, DEVICES),
        window: 1,
        backlog: { until, ...OUTAGE },
      }),
    );
    const live = closing.use(await startGenerator({ ...plan, clients: accounts.slice(DEVICES), window: LIVE_WINDOW }));

    const beside = live.run({ warmUpMs: LIVE_WARM_UP_MS, rate: LIVE_RATE, from });
    await beside.measuring;
    const began = clock.monotonic();
    const delivered = await late.run({ warmUpMs: 0, from }).result;
    checkClosed(delivered);
    const acknowledged = clock.monotonic();
    bench.say(`${kind}: all acknowledged after ${((acknowledged - began) / 1_000).toFixed(1)} s`);
    await untilStored(service, bench);
    const drained = clock.monotonic();
    beside.finish();
    const alive = await beside.result;
    checkClosed(alive);
    await untilStored(service, bench);

    const { observations, duplicates, revised } = countBacklog(OUTAGE);
    const proof = await proveLedger(service.client, {
      messages: delivered.total + alive.total,
      values: (observations * DEVICES + alive.total) * VALUES_PER_MESSAGE,
      duplicates: duplicates * DEVICES * VALUES_PER_MESSAGE,
      revised: revised * DEVICES * VALUES_PER_MESSAGE,
    });
    return {
      figures: [
        { name: `${kind}: drained`, value: (drained - began) / 1_000, unit: 's', atMost: TARGET_SECONDS[kind] },
        { name: `${kind}: all acknowledged`, value: (acknowledged - began) / 1_000, unit: 's' },
        { name: `${kind}: PUBACK of a live device p99`, value: alive.latency.p99, unit: 'ms', atMost: 50 },
        { name: `${kind}: PUBACK of a live device max`, value: alive.latency.max, unit: 'ms' },
      ],
      notes: [`${kind}: ${proof}`, ...service.warnings()],
    };
  });

const measure = async (bench: Bench): Promise<RowResult> => {
  const duck = await measureInto('duckdb', bench);
  const influx = await measureInto('influx', bench);
  const { observations } = countBacklog(OUTAGE);
  return {
    row: 'backlog',
    setting: `${DEVICES} devices at once deliver 48 h with one reading per minute, in random order, ${observations.toLocaleString('en')} readings each of five values in arrays of 1,000 (5 % sent twice, 1 % corrected), one array in flight each; one live device beside them sends ${LIVE_RATE} messages per second`,
    figures: [...duck.figures, ...influx.figures],
    notes: [...duck.notes, ...influx.notes],
  };
};

export const backlog: Row = {
  name: 'backlog',
  title: '48 h of 200 devices at once, into DuckDB and InfluxDB',
  measure,
};
