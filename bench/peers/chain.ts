import { firstAcknowledgement } from '#bench/first-acknowledgement.ts';
import { proveLedger } from '#bench/ledger.ts';
import { VALUES_PER_MESSAGE } from '#bench/load/publishes.ts';
import type { Bench } from '#bench/row.ts';
import { type InfluxServer, PROBE_DEVICE } from '#bench/service/influx-server.ts';
import { startService } from '#bench/service/service.ts';
import { startInflux } from '#bench/service/stores.ts';
import type { Closing } from '#bench/closing.ts';
import { milliseconds } from '#model/base/duration.ts';
import { formatInstant } from '#model/base/instant.ts';
import { WAIT } from '#test/support/limits.ts';
import type { Collector, CollectorTarget } from './collector.ts';
import { startMosquitto } from './mosquitto.ts';

/** Clients of a load; a broker that checks no credentials gets none. */
export type ChainClients = readonly { readonly id: string; readonly username?: string; readonly password?: string }[];

/** A broker, a collector and InfluxDB: readings go in by MQTT and end as points. */
export interface Chain {
  readonly mqttPort: number;
  readonly clients: ChainClients;
  readonly pids: Readonly<Record<string, number>>;
  /** Number of stored messages; cheap to ask for. */
  stored(): Promise<number>;
  /** Number of stored messages, by a count in the store. */
  count(): Promise<number>;
  /** Fails when a program of the chain has ended. */
  check(): void;
  /** Further proof after the count; a sentence. */
  prove?(messages: number): Promise<string>;
}

export type StartChain = (closing: Closing, clients: number, bench: Bench) => Promise<Chain>;

/** Klawing into an InfluxDB of its own. */
export const startKlawing: StartChain = async (closing, clients, bench) => {
  const store = closing.use(await startInflux(bench.on));
  const service = closing.use(await startService({ on: bench.on, store: store.env, profile: bench.profile }));
  await service.startIngest();
  return {
    mqttPort: service.mqttPort,
    clients: await service.register(clients, clients),
    pids: { broker: service.broker.pid, ingest: service.ingest?.pid ?? 0, ...store.pids },
    stored: async () => (await service.figures()).get('klawing_ingest_messages_total{outcome="processed"}') ?? 0,
    count: () => store.server.count('pm2_5'),
    check: () => undefined,
    prove: (messages) =>
      proveLedger(service.client, {
        messages,
        values: messages * VALUES_PER_MESSAGE,
        duplicates: 0,
        revised: 0,
      }),
  };
};

const PROBE_EVERY = milliseconds(100);

/** Publishes probes until one is in the store: the collector has then subscribed. */
const untilSubscribed = async (
  mqttPort: number,
  { server, collector }: { readonly server: InfluxServer; readonly collector: Collector },
  { clock }: Bench,
): Promise<void> => {
  const began = clock.monotonic();
  const probe = { port: mqttPort, id: PROBE_DEVICE, username: PROBE_DEVICE, password: '' };
  while ((await server.count(collector.field, PROBE_DEVICE)) === 0) {
    collector.check();
    if (clock.monotonic() - began > WAIT.ms) throw new Error(`${collector.name} does not write into InfluxDB`);
    const payload = `{"time":"${formatInstant(clock.now())}","values":{"pm2_5":38.5}}`;
    await firstAcknowledgement({ ...probe, payload }, clock);
    await clock.sleep(PROBE_EVERY);
  }
  await untilQuiet(server, collector, clock);
};

/** Waits until the last probes are written, so that the counter stands still. */
const untilQuiet = async (server: InfluxServer, { field }: Collector, clock: Bench['clock']): Promise<void> => {
  for (let before = -1, now = 0; before !== now; before = now, now = await server.written(field)) {
    await clock.sleep(milliseconds(500));
  }
};

/** Mosquitto and a collector into an InfluxDB of its own. */
export const startPeerChain =
  (startCollector: (target: CollectorTarget) => Promise<Collector | undefined>): StartChain =>
  async (closing, clients, bench) => {
    const store = closing.use(await startInflux(bench.on));
    const broker = await startMosquitto();
    if (broker === undefined) throw new Error('mosquitto is not installed');
    closing.add(() => broker.stop());
    const { server } = store;
    const collector = await startCollector({ mqttPort: broker.port, store: server.access });
    if (collector === undefined) throw new Error('the collector is not installed');
    closing.add(() => collector.stop());
    await untilSubscribed(broker.port, { server, collector }, bench);
    const before = await server.written(collector.field);
    return {
      mqttPort: broker.port,
      clients: Array.from({ length: clients }, (_, i) => ({ id: `bench-${i}` })),
      pids: { Mosquitto: broker.pid, [collector.name]: collector.pid, ...store.pids },
      stored: async () => (await server.written(collector.field)) - before,
      count: () => server.count(collector.field),
      check: collector.check,
    };
  };
