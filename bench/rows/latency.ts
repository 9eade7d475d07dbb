import { withClosing } from '#bench/closing.ts';
import type { Figure, RowResult } from '#bench/report/figure.ts';
import { startGenerator } from '#bench/generator.ts';
import type { Result } from '#bench/load/protocol.ts';
import { POLL } from '#bench/load/visible.ts';
import { runRound } from '#bench/round.ts';
import type { Bench, Row } from '#bench/row.ts';
import { type Account, type Service, startService } from '#bench/service/service.ts';
import { writeUsage } from '#bench/report/usage.ts';

const CLIENTS = 100;
const RATE = 1_000;
/** Much larger than the number of pending publishes: a client with a rate does not wait for acknowledgements. */
const WINDOW = 256;
const SECONDS = 30;
const WARM_UP_SECONDS = 5;
/** Number of devices whose readings are measured in the API. */
const MEASURED = 10;
/** Messages per second of one device alone. */
const ALONE_RATE = 10;

type Distribution = Result['latency'];

const figuresOf = (name: string, { p50, p99, max }: Distribution, atMost?: number): readonly Figure[] => [
  { name: `${name} p50`, value: p50, unit: 'ms' },
  { name: `${name} p99`, value: p99, unit: 'ms', ...(atMost === undefined ? {} : { atMost }) },
  { name: `${name} max`, value: max, unit: 'ms' },
];

/** Messages of one device without any other load. */
const measureAlone = (bench: Bench, service: Service, client: Account): Promise<Result> =>
  withClosing(async (closing) => {
    const from = bench.clock.now();
    const visible = { url: service.client.url, stations: [service.stationOf(0)] };
    const generator = closing.use(
      await startGenerator({ port: service.mqttPort, clients: [client], window: WINDOW, from, visible }),
    );
    const pids = { broker: service.broker.pid, ingest: service.ingest?.pid ?? 0 };
    const span = { warmUpSeconds: WARM_UP_SECONDS, seconds: bench.seconds ?? SECONDS };
    return (await runRound(generator, pids, { ...span, rate: ALONE_RATE, from })).result;
  });

const measure = (bench: Bench): Promise<RowResult> =>
  withClosing(async (closing) => {
    const service = closing.use(await startService({ on: bench.on, store: {}, profile: bench.profile }));
    await service.startIngest();
    const clients = [...(await service.register(CLIENTS, CLIENTS))];
    const stations = clients.slice(0, MEASURED).map((_, i) => service.stationOf(i));
    const from = bench.clock.now();
    const generator = closing.use(
      await startGenerator({
        port: service.mqttPort,
        clients,
        window: WINDOW,
        from,
        visible: { url: service.client.url, stations },
      }),
    );
    const { result, usage } = await runRound(
      generator,
      { broker: service.broker.pid, ingest: service.ingest?.pid ?? 0 },
      { warmUpSeconds: WARM_UP_SECONDS, seconds: bench.seconds ?? SECONDS, rate: RATE, from },
    );
    await generator.stop();
    const [first] = clients;
    if (first === undefined) throw new Error('no client is registered');
    const { visible: alone } = await measureAlone(bench, service, first);
    const { visible, lateness, skipped } = result;
    if (visible === undefined || alone === undefined) throw new Error('the generator did not measure the API');
    return {
      row: 'latency',
      setting: `${RATE.toLocaleString('en')} messages/s from ${CLIENTS} clients, QoS 1, into DuckDB; ${MEASURED} of the devices are measured in the API by ${MEASURED} event streams and by GET /v1/latest ${POLL.ms} ms after each answer`,
      figures: [
        ...figuresOf('publish → PUBACK', result.latency, 8),
        ...figuresOf('publish → event "reading" (storing)', visible.reading, 60),
        ...figuresOf('publish → event "latest" (alerting)', visible.latest, 60),
        ...figuresOf('publish → GET /v1/latest', visible.polled, 60 + POLL.ms),
        ...figuresOf(`alone, ${ALONE_RATE} messages/s: publish → event "reading"`, alone.reading, 20),
        ...figuresOf(`alone, ${ALONE_RATE} messages/s: publish → event "latest"`, alone.latest, 20),
      ],
      notes: [
        `${result.latency.count.toLocaleString('en')} acknowledgements, ${visible.reading.count.toLocaleString('en')} readings measured, ${visible.unseen} of them never visible`,
        `the generator itself was ${lateness.p99.toFixed(1)} ms behind its schedule at p99, ${lateness.max.toFixed(1)} ms at most; ${skipped} messages were skipped`,
        writeUsage(usage, result.measured),
        ...service.warnings(),
      ],
    };
  });

export const latency: Row = {
  name: 'latency',
  title: 'publish to PUBACK and to the API, at 1,000 messages/s',
  measure,
};
