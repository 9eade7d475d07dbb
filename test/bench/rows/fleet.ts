import { withClosing } from '#test/bench/closing.ts';
import type { RowResult } from '#test/bench/figure.ts';
import { startGenerator } from '#test/bench/generator.ts';
import type { Bench, Row } from '#test/bench/row.ts';
import { startService } from '#test/bench/service.ts';
import { anonymousMegabytes } from '#test/bench/usage.ts';
import { seconds } from '#model/duration.ts';

const DEVICES = 10_000;
const STATIONS = 1_000;
const WINDOW = 4;
const KEEPALIVE_SECONDS = 60;
const SECONDS = 120;
const SAMPLE = seconds(5);

const measure = (bench: Bench): Promise<RowResult> =>
  withClosing(async (closing) => {
    const { clock } = bench;
    const service = await startService({ on: bench.on, store: {}, profile: bench.profile });
    closing.add(() => service.stop());
    await service.startIngest();
    const clients = [...(await service.register(DEVICES, STATIONS))];
    bench.say('registered');
    const from = clock.now();
    const began = clock.monotonic();
    const generator = await startGenerator({
      port: service.mqttPort,
      clients,
      window: WINDOW,
      keepaliveSeconds: KEEPALIVE_SECONDS,
      from,
    });
    closing.add(() => generator.stop());
    const connectedIn = (clock.monotonic() - began) / 1_000;
    bench.say(`connected in ${connectedIn.toFixed(1)} s`);

    const span = bench.seconds ?? SECONDS;
    const load = generator.run({ warmUpMs: 0, measureMs: span * 1_000, rate: DEVICES / 60, from });
    const memory: number[] = [];
    const end = clock.monotonic() + span * 1_000;
    while (clock.monotonic() < end) {
      memory.push(anonymousMegabytes(service.broker.pid) + anonymousMegabytes(service.ingest?.pid ?? 0));
      await clock.sleep(SAMPLE);
    }
    const open = (await service.figures()).get('klawing_broker_connections') ?? 0;
    const result = await load.result;
    return {
      row: 'fleet',
      setting: `${DEVICES.toLocaleString('en')} connected devices at ${STATIONS.toLocaleString('en')} stations, one message a minute each, keepalive ${KEEPALIVE_SECONDS} s, for ${span} s`,
      figures: [
        { name: 'RssAnon of both processes, most', value: Math.max(...memory), unit: 'MB', atMost: 1_500 },
        { name: 'connections lost (missed keepalives)', value: result.closed, unit: '', atMost: 0 },
        { name: 'connections open at the end', value: open, unit: '' },
        { name: 'time to connect all', value: connectedIn, unit: 's' },
        { name: 'messages acknowledged', value: result.measured / result.seconds, unit: 'msg/s' },
        { name: 'PUBACK p99', value: result.latency.p99, unit: 'ms' },
      ],
      notes: [...(result.closedWhy === undefined ? [] : [`lost because: ${result.closedWhy}`]), ...service.warnings()],
    };
  });

export const fleet: Row = { name: 'fleet', title: '10,000 connected devices, one message a minute each', measure };
