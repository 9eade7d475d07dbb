import { mkdirSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, createServer } from 'node:http';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { z } from 'zod';
import type { Clock } from '#model/base/clock.ts';
import { milliseconds } from '#model/base/duration.ts';
import { formatInstant } from '#model/base/instant.ts';
import { makeSecret } from '#model/base/secret.ts';
import { withClosing } from '#bench/closing.ts';
import type { RowResult } from '#bench/report/figure.ts';
import { startGenerator } from '#bench/generator.ts';
import { Histogram } from '#bench/load/histogram.ts';
import { runRound } from '#bench/round.ts';
import type { Bench, Row } from '#bench/row.ts';
import { type Account, startService } from '#bench/service/service.ts';
import { writeUsage } from '#bench/report/usage.ts';
import { eventually } from '#test/support/eventually.ts';

const CLIENTS = 100;
const RATE = 1_000;
const RULES = 1_000;
const WINDOW = 256;
const SECONDS = 30;
const WARM_UP_SECONDS = 5;
/** Interval of the readings of the device whose alert fires and clears in alternation. */
const INTERVAL = milliseconds(250);
const RAISED = 700;
const CALM = 10;

/** Rules that are evaluated for the load and never fire, and one rule that the alarming device raises every second time. */
const rulesFile = (alarming: string): string => {
  const rule = (id: string, station: string, levels: { readonly raise: number; readonly clear: number }) => ({
    id,
    family: 'air',
    property: 'pm2_5',
    stations: [station],
    direction: 'above',
    ...levels,
    severity: 'minor',
    title: { id: `Uji ${id}`, en: `Bench ${id}` },
  });
  const quiet = Array.from({ length: RULES - 1 }, (_, i) => ({
    ...rule(`quiet-${i}`, `BENCH-${i % CLIENTS}`, { raise: 900 + (i % 50), clear: 800 }),
    channels: ['log'],
  }));
  const fired = rule('alarming', alarming, { raise: RAISED - 100, clear: CALM + 100 });
  return JSON.stringify({ rules: [...quiet, { ...fired, channels: ['webhook'] }] });
};

const Notification = z.object({ alert: z.object({ rule: z.string(), state: z.string(), observed_at: z.string() }) });

const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
};

/** A web server for the webhook: stores the arrival of each firing alert by the time of its reading. */
const startChannel = async (clock: Clock) => {
  const arrived = new Map<string, number>();
  const server = createServer((request, response) => {
    const at = clock.monotonic();
    bodyOf(request).then(
      (body) => {
        const alert = Notification.safeParse(body).data?.alert;
        if (alert?.rule === 'alarming' && alert.state === 'firing') arrived.set(alert.observed_at, at);
        response.writeHead(204).end();
      },
      () => response.writeHead(400).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = z.object({ port: z.number() }).loose().parse(server.address());
  return { arrived, url: `http://127.0.0.1:${port}/`, stop: () => void server.close() };
};

/** Raises and clears its alert in alternation until the signal; returns the publish time of each raising reading. */
const alarm = async (port: number, account: Account, clock: Clock, signal: AbortSignal) => {
  const published = new Map<string, number>();
  const { id, username, password } = account;
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { clientId: id, username, password });
  for (let turn = 0; !signal.aborted; turn += 1) {
    const time = formatInstant(clock.now());
    const value = turn % 2 === 0 ? RAISED : CALM;
    if (value === RAISED) published.set(time, clock.monotonic());
    await client.publishAsync(`v1/${id}/readings`, JSON.stringify({ time, values: { pm2_5: value } }), { qos: 1 });
    await clock.sleep(INTERVAL, signal);
  }
  await client.endAsync();
  return published;
};

const measure = (bench: Bench): Promise<RowResult> =>
  withClosing(async (closing) => {
    const channel = closing.use(await startChannel(bench.clock));
    const store = { KLAWING_ALERT_WEBHOOK_URL: channel.url, KLAWING_ALERT_WEBHOOK_SECRET: makeSecret().reveal() };
    const service = closing.use(await startService({ on: bench.on, store, profile: bench.profile }));
    mkdirSync(join(service.folder, 'config'));
    writeFileSync(join(service.folder, 'config', 'rules.yaml'), rulesFile(`BENCH-${CLIENTS}`));
    await service.startIngest();
    const accounts = await service.register(CLIENTS + 1, CLIENTS + 1);
    const alarming = accounts.at(-1);
    if (alarming === undefined) throw new Error('no device was registered');
    const from = bench.clock.now();
    const clients = accounts.slice(0, CLIENTS);
    const generator = closing.use(
      await startGenerator({
        port: service.mqttPort,
        clients,
        window: WINDOW,
        from,
      }),
    );

    const ended = new AbortController();
    const alarms = alarm(service.mqttPort, alarming, bench.clock, ended.signal);
    const { result, usage } = await runRound(
      generator,
      { broker: service.broker.pid, ingest: service.ingest?.pid ?? 0 },
      { warmUpSeconds: WARM_UP_SECONDS, seconds: bench.seconds ?? SECONDS, rate: RATE, from },
    );
    ended.abort();
    const published = await alarms;
    await eventually(() => {
      if (channel.arrived.size < published.size)
        throw new Error(`${channel.arrived.size} of ${published.size} alerts have arrived`);
    });
    const latency = new Histogram();
    for (const [time, at] of published) latency.record((channel.arrived.get(time) ?? Number.NaN) - at);
    return {
      row: 'alerts',
      setting: `${RATE.toLocaleString('en')} messages/s from ${CLIENTS} clients, QoS 1, into DuckDB, ${RULES.toLocaleString('en')} rules; one more device raises and clears an alert every ${2 * INTERVAL.ms} ms; from its publish to the webhook's request`,
      figures: [
        { name: 'publish → request of the channel p50', value: latency.percentile(0.5), unit: 'ms' },
        { name: 'publish → request of the channel p99', value: latency.percentile(0.99), unit: 'ms', atMost: 500 },
        { name: 'alerts that fired', value: published.size, unit: '' },
      ],
      notes: [writeUsage(usage, result.measured), ...service.warnings()],
    };
  });

export const alerts: Row = {
  name: 'alerts',
  title: 'publish to the alert at its channel, at 1,000 messages/s with 1,000 rules',
  measure,
};
