import { withClosing } from '#bench/closing.ts';
import type { Figure, RowResult } from '#bench/report/figure.ts';
import { type RunningLoad, startGenerator } from '#bench/generator.ts';
import { proveLedger } from '#bench/ledger.ts';
import { VALUES_PER_MESSAGE } from '#bench/load/publishes.ts';
import { checkClosed } from '#bench/round.ts';
import type { Bench, Row } from '#bench/row.ts';
import { type Service, startService } from '#bench/service/service.ts';
import { type StoreKind, startStoreUnderTest } from '#bench/service/stores.ts';
import { meter, writeUsage } from '#bench/report/usage.ts';
import { milliseconds, seconds } from '#model/base/duration.ts';

const CLIENTS = 100;
const WINDOW = 20;
const SECONDS = 20;
const WARM_UP = seconds(3);
/** Waiting messages at which the load stops, and at which it continues. */
const BACKLOG = 600_000;
const CONTINUE_AT = 570_000;
const POLL = milliseconds(100);
/** Time limit of a wait. */
const TIMEOUT = seconds(600);

interface Sample {
  readonly atMs: number;
  readonly stored: number;
  readonly waiting: number;
}

const sample = async (service: Service, bench: Bench): Promise<Sample> => {
  const figures = await service.figures();
  return {
    atMs: bench.clock.monotonic(),
    stored: figures.get('klawing_ingest_messages_total{outcome="processed"}') ?? 0,
    waiting: figures.get('klawing_ingest_lag_entries{reader="storing"}') ?? 0,
  };
};

/** Rate of acknowledged messages, which are stored or waiting. */
const intake = (from: Sample, to: Sample): number =>
  ((to.stored + to.waiting - from.stored - from.waiting) * 1_000) / (to.atMs - from.atMs);

const rate = (from: Sample, to: Sample): number => ((to.stored - from.stored) * 1_000) / (to.atMs - from.atMs);

/** Takes samples until the condition holds, and returns the first and the last one. */
const sampleUntil = async (
  service: Service,
  bench: Bench,
  isReached: (now: Sample, first: Sample) => boolean,
): Promise<readonly [first: Sample, last: Sample]> => {
  const first = await sample(service, bench);
  for (let now = first; ; now = await sample(service, bench)) {
    if (isReached(now, first)) return [first, now];
    if (now.atMs - first.atMs > TIMEOUT.ms) throw new Error(`${now.waiting} messages still wait after the time limit`);
    await bench.clock.sleep(POLL);
  }
};

/** Runs the load without a limit until the backlog is full, then stops and continues it so that the backlog stays full. */
const loadAndSample = async (service: Service, load: RunningLoad, bench: Bench) => {
  await load.measuring;
  const free = await sampleUntil(service, bench, ({ waiting }) => waiting >= BACKLOG);
  bench.say(`backlog of ${BACKLOG.toLocaleString('en')} reached`);
  const span = (bench.seconds ?? SECONDS) * 1_000;
  const steady = await sampleUntil(service, bench, ({ waiting, atMs }, first) => {
    if (waiting >= BACKLOG) load.pause();
    else if (waiting <= CONTINUE_AT) load.resume();
    return atMs - first.atMs >= span;
  });
  return { free, steady };
};

/** Figures before the backlog was full; none when it was full at the end of the warm-up. */
const freeFigures = (free: readonly [Sample, Sample]): readonly Figure[] =>
  free[1].atMs === free[0].atMs
    ? []
    : [
        { name: 'stored, load without limit', value: rate(...free), unit: 'msg/s' },
        { name: 'acknowledged meanwhile', value: intake(...free), unit: 'msg/s' },
      ];

const drain = async (service: Service, total: number, bench: Bench): Promise<readonly [Sample, Sample]> =>
  sampleUntil(service, bench, ({ stored, waiting }) => stored >= total && waiting === 0);

const measure = (kind: StoreKind, bench: Bench): Promise<RowResult> =>
  withClosing(async (closing) => {
    const store = closing.use(await startStoreUnderTest(kind, bench.on));
    const service = closing.use(await startService({ on: bench.on, store: store.env, profile: bench.profile }));
    await service.startIngest();
    const clients = [...(await service.register(CLIENTS, CLIENTS))];
    const from = bench.clock.now();
    const generator = closing.use(
      await startGenerator({
        port: service.mqttPort,
        clients,
        window: WINDOW,
        from,
      }),
    );

    const load = generator.run({ warmUpMs: WARM_UP.ms, from });
    await load.measuring;
    const atFirst = await sample(service, bench);
    const used = meter({ broker: service.broker.pid, ingest: service.ingest?.pid ?? 0, ...store.pids }, () =>
      bench.clock.monotonic(),
    );
    const { free, steady } = await loadAndSample(service, load, bench);
    const backlog = await sample(service, bench);
    load.finish();
    const result = await load.result;
    checkClosed(result);
    const drained = await drain(service, result.total, bench);
    const usage = writeUsage(used(result.cpuMs), drained[1].stored - atFirst.stored);
    const figures: readonly Figure[] = [
      { name: 'stored, load limited by the backlog', value: rate(...steady), unit: 'msg/s', atLeast: 72_000 },
      { name: 'stored, in values', value: rate(...steady) * VALUES_PER_MESSAGE, unit: 'values/s', atLeast: 360_000 },
      ...freeFigures(free),
      { name: 'stored, after the load (drain)', value: rate(...drained), unit: 'msg/s' },
      { name: 'backlog when the load ended', value: backlog.waiting, unit: 'messages' },
      { name: 'time to drain it', value: (drained[1].atMs - drained[0].atMs) / 1_000, unit: 's' },
    ];
    const proof = await proveLedger(service.client, {
      messages: result.total,
      values: result.total * VALUES_PER_MESSAGE,
      duplicates: 0,
      revised: 0,
    });
    return {
      row: kind,
      setting: `end to end into ${kind}: ${CLIENTS} clients, window ${WINDOW}, QoS 1, five values a message, qualified and counted in the ledger; the load waits while ${BACKLOG.toLocaleString('en')} messages wait in the journal`,
      figures,
      notes: [proof, usage, ...service.warnings()],
    };
  });

export const influx: Row = {
  name: 'influx',
  title: 'end to end into InfluxDB 1.6.7',
  measure: (bench) => measure('influx', bench),
};

export const duckdb: Row = {
  name: 'duckdb',
  title: 'end to end into DuckDB',
  measure: (bench) => measure('duckdb', bench),
};
