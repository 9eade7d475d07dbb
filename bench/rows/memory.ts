import { withClosing } from '#bench/closing.ts';
import { type RowResult, slopePerHour } from '#bench/report/figure.ts';
import { startGenerator } from '#bench/generator.ts';
import { proveSentAgain } from '#bench/ledger.ts';
import { VALUES_PER_MESSAGE } from '#bench/load/publishes.ts';
import { untilStored } from '#bench/service/until-stored.ts';
import type { Bench, Row } from '#bench/row.ts';
import { startService } from '#bench/service/service.ts';
import { anonymousMegabytes } from '#bench/report/usage.ts';
import { seconds } from '#model/base/duration.ts';

const CLIENTS = 100;
const RATE = 5_000;
const WINDOW = 1_024;
const SECONDS = 60;
const WARM_UP_SECONDS = 10;
/** Shortest interval of samples; a long run has sixty samples. */
const SAMPLE_SECONDS = 10;
const SAMPLES = 60;
/** Number of clients per second that drop their connection and reconnect. */
const DROP_OUTS = 1;

interface Sample {
  readonly atMs: number;
  readonly broker: number;
  readonly ingest: number;
  readonly value: number;
}

/** @param rate messages per second */
export const measureMemory =
  (rate = RATE) =>
  (bench: Bench): Promise<RowResult> =>
    withClosing(async (closing) => {
      const { clock } = bench;
      const service = closing.use(await startService({ on: bench.on, store: {}, profile: bench.profile }));
      await service.startIngest();
      const clients = [...(await service.register(CLIENTS, CLIENTS))];
      const from = clock.now();
      const generator = closing.use(
        await startGenerator({
          port: service.mqttPort,
          clients,
          window: WINDOW,
          from,
          returns: true,
        }),
      );

      const span = bench.seconds ?? SECONDS;
      const sample = seconds(Math.max(SAMPLE_SECONDS, span / SAMPLES));
      const load = generator.run({
        warmUpMs: WARM_UP_SECONDS * 1_000,
        measureMs: span * 1_000,
        rate,
        dropOuts: DROP_OUTS,
        from,
      });
      await load.measuring;
      const began = clock.monotonic();
      const samples: Sample[] = [];
      while (clock.monotonic() - began < span * 1_000) {
        const broker = anonymousMegabytes(service.broker.pid);
        const ingest = anonymousMegabytes(service.ingest?.pid ?? 0);
        samples.push({ atMs: clock.monotonic() - began, broker, ingest, value: broker + ingest });
        bench.say(
          `${Math.round((clock.monotonic() - began) / 1_000)} s: broker ${broker.toFixed(0)} MB, ingest ${ingest.toFixed(0)} MB`,
        );
        await clock.sleep(sample);
      }
      const result = await load.result;
      if (result.closed > 0) throw new Error(`the broker closed ${result.closed} connections: ${result.closedWhy}`);
      const waiting = (await service.figures()).get('klawing_ingest_lag_entries{reader="storing"}') ?? 0;
      await untilStored(service, bench);
      const proof = await proveSentAgain(service.client, result.total, VALUES_PER_MESSAGE);
      const series = samples.map(({ broker, ingest }) => `${broker.toFixed(0)}+${ingest.toFixed(0)}`).join(' ');
      return {
        row: 'memory',
        setting: `RssAnon of both processes each ${sample.ms / 1_000} s for ${span} s at ${rate.toLocaleString('en')} messages/s from ${CLIENTS} clients into DuckDB, after a warm-up of ${WARM_UP_SECONDS} s; ${DROP_OUTS} of them per second drops its connection and reconnects`,
        figures: [
          { name: 'both, maximum', value: Math.max(...samples.map(({ value }) => value)), unit: 'MB', atMost: 600 },
          { name: 'broker, last', value: samples.at(-1)?.broker ?? Number.NaN, unit: 'MB' },
          { name: 'ingest, last', value: samples.at(-1)?.ingest ?? Number.NaN, unit: 'MB' },
          { name: 'slope of both', value: slopePerHour(samples), unit: 'MB/h' },
          { name: 'messages acknowledged', value: result.measured / result.seconds, unit: 'msg/s' },
          { name: 'PUBACK p99', value: result.latency.p99, unit: 'ms' },
        ],
        notes: [
          proof,
          `${result.returned.toLocaleString('en')} reconnects of clients that dropped their connection`,
          `broker+ingest in MB: ${series}`,
          `${waiting.toLocaleString('en')} messages waited at the end; ${result.skipped.toLocaleString('en')} were skipped because the window was full`,
          ...(span < 3_600
            ? ['a slope over less than an hour is inaccurate: --seconds 3600 measures the figure of the target']
            : []),
          ...service.warnings(),
        ],
      };
    });

export const memory: Row = {
  name: 'memory',
  title: 'RssAnon of both processes at 5,000 messages/s',
  measure: measureMemory(),
};
