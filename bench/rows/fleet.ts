import { withClosing } from '#bench/closing.ts';
import type { RowResult } from '#bench/report/figure.ts';
import { startGenerator } from '#bench/generator.ts';
import { KEEPALIVE_SECONDS } from '#bench/load/protocol.ts';
import { proveSentAgain } from '#bench/ledger.ts';
import { VALUES_PER_MESSAGE } from '#bench/load/publishes.ts';
import type { Bench, Row } from '#bench/row.ts';
import { type Service, startService } from '#bench/service/service.ts';
import { untilStored } from '#bench/service/until-stored.ts';
import { anonymousMegabytes } from '#bench/report/usage.ts';
import { minutes, seconds } from '#model/base/duration.ts';

const DEVICES = 10_000;
const STATIONS = 1_000;
const WINDOW = 4;
const SECONDS = 600;
const SAMPLE = seconds(5);
const POLL = seconds(0.2);
const TIMEOUT = minutes(3);

const openNow = async (service: Service): Promise<number> =>
  (await service.figures()).get('klawing_broker_connections') ?? 0;

/** Restarts the broker and waits until all devices are connected; returns the seconds since its start. */
const allBack = async (service: Service, { clock }: Bench): Promise<number> => {
  await service.broker.stop();
  const began = clock.monotonic();
  await service.startBroker();
  while ((await openNow(service)) < DEVICES) {
    if (clock.monotonic() - began > TIMEOUT.ms) break;
    await clock.sleep(POLL);
  }
  return (clock.monotonic() - began) / 1_000;
};

const measure = (bench: Bench): Promise<RowResult> =>
  withClosing(async (closing) => {
    const { clock } = bench;
    const service = closing.use(await startService({ on: bench.on, store: {}, profile: bench.profile }));
    await service.startIngest();
    const clients = [...(await service.register(DEVICES, STATIONS))];
    bench.say('registered');
    const from = clock.now();
    const began = clock.monotonic();
    const generator = closing.use(
      await startGenerator({
        port: service.mqttPort,
        clients,
        window: WINDOW,
        from,
        returns: true,
      }),
    );
    const connectedIn = (clock.monotonic() - began) / 1_000;
    bench.say(`connected in ${connectedIn.toFixed(1)} s`);

    const span = bench.seconds ?? SECONDS;
    const load = generator.run({ warmUpMs: 0, rate: DEVICES / 60, from });
    await load.measuring;
    const memory: number[] = [];
    const end = clock.monotonic() + span * 1_000;
    while (clock.monotonic() < end) {
      memory.push(anonymousMegabytes(service.broker.pid) + anonymousMegabytes(service.ingest?.pid ?? 0));
      await clock.sleep(SAMPLE);
    }
    const open = await openNow(service);
    const lost = load.closed();
    bench.say(`${open} connected after ${span} s; restarting the broker`);
    const backIn = await allBack(service, bench);
    const back = await openNow(service);
    load.finish();
    const result = await load.result;
    await untilStored(service, bench);
    const proof = await proveSentAgain(service.client, result.total, VALUES_PER_MESSAGE);
    return {
      row: 'fleet',
      setting: `${DEVICES.toLocaleString('en')} connected devices at ${STATIONS.toLocaleString('en')} stations, one message per minute each, keepalive ${KEEPALIVE_SECONDS} s, for ${span} s; then the broker is restarted`,
      figures: [
        { name: 'RssAnon of both processes, maximum', value: Math.max(...memory), unit: 'MB', atMost: 1_500 },
        { name: 'connections lost (missed keepalives)', value: lost, unit: '', atMost: 0 },
        { name: 'connections open at the end', value: open, unit: '' },
        { name: 'time to connect all', value: connectedIn, unit: 's', atMost: 120 },
        { name: 'not back after a restart of the broker', value: DEVICES - back, unit: '', atMost: 0 },
        { name: 'all back, from the start of the broker', value: backIn, unit: 's' },
        { name: 'messages acknowledged', value: result.measured / result.seconds, unit: 'msg/s' },
        { name: 'PUBACK p99', value: result.latency.p99, unit: 'ms' },
      ],
      notes: [proof, ...service.warnings()],
    };
  });

export const fleet: Row = { name: 'fleet', title: '10,000 connected devices, one message per minute each', measure };
