import { withClosing } from '#bench/closing.ts';
import type { RowResult } from '#bench/report/figure.ts';
import { startGenerator } from '#bench/generator.ts';
import { startHostileTraffic } from '#bench/hostile-traffic.ts';
import { runRound } from '#bench/round.ts';
import type { Bench, Row } from '#bench/row.ts';
import { startService } from '#bench/service/service.ts';
import { anonymousMegabytes, writeUsage } from '#bench/report/usage.ts';

const CLIENTS = 100;
const RATE = 1_000;
const WINDOW = 256;
const SECONDS = 30;
const WARM_UP_SECONDS = 5;

const measure = (bench: Bench): Promise<RowResult> =>
  withClosing(async (closing) => {
    const service = closing.use(await startService({ on: bench.on, store: {}, profile: bench.profile }));
    await service.startIngest();
    const [bad, ...clients] = await service.register(CLIENTS + 1, CLIENTS + 1);
    if (bad === undefined) throw new Error('no device was registered');
    const from = bench.clock.now();
    const generator = closing.use(
      await startGenerator({
        port: service.mqttPort,
        clients,
        window: WINDOW,
        from,
      }),
    );
    const pids = { broker: service.broker.pid, ingest: service.ingest?.pid ?? 0 };
    const round = (): ReturnType<typeof runRound> =>
      runRound(generator, pids, {
        warmUpSeconds: WARM_UP_SECONDS,
        seconds: bench.seconds ?? SECONDS,
        rate: RATE,
        from: bench.clock.now(),
      });

    const traffic = startHostileTraffic(service.mqttPort, bad, bench.clock);
    closing.add(() => {
      traffic.stop();
      return Promise.resolve();
    });
    // the first round allocates buffers and compiles code
    const first = await round();
    const before = anonymousMegabytes(service.broker.pid);
    const second = await round();
    const after = anonymousMegabytes(service.broker.pid);
    const figures = await service.figures();
    const refused = [...figures].filter(([name]) => name.startsWith('klawing_broker_refused_total'));
    return {
      row: 'hostile',
      setting: `${RATE.toLocaleString('en')} messages/s from ${CLIENTS} clients, QoS 1, into DuckDB, beside 400 new connections/s that send wrong secrets, random bytes, half packets, packets that are too large, or nothing`,
      figures: [
        { name: 'good devices, publish → PUBACK p50', value: second.result.latency.p50, unit: 'ms' },
        { name: 'good devices, publish → PUBACK p99', value: second.result.latency.p99, unit: 'ms', atMost: 100 },
        { name: 'good devices, publish → PUBACK max', value: second.result.latency.max, unit: 'ms' },
        { name: 'broker, RssAnon growth in the second half', value: after - before, unit: 'MB', atMost: 50 },
        { name: 'broker, RssAnon', value: after, unit: 'MB' },
      ],
      notes: [
        `${traffic.made().toLocaleString('en')} hostile connections; p99 in the first half ${first.result.latency.p99.toFixed(1)} ms`,
        refused
          .filter(([, count]) => count > 0)
          .map(([name, count]) => `${name.replace(/^.*reason="([^"]+)".*$/, '$1')} ${count}`)
          .join(', '),
        writeUsage(second.usage, second.result.measured),
        ...service.warnings(),
      ],
    };
  });

export const hostile: Row = {
  name: 'hostile',
  title: 'publish to PUBACK beside hostile connections, and memory of the broker',
  measure,
};
