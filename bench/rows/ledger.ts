import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { withClosing } from '#bench/closing.ts';
import { median, type RowResult } from '#bench/report/figure.ts';
import { startGenerator } from '#bench/generator.ts';
import { longestBlock, readLoop, type RequestSpan } from '#bench/service/loop-delay.ts';
import { checkClosed } from '#bench/round.ts';
import type { Bench, Row } from '#bench/row.ts';
import { type Account, type Service, startService } from '#bench/service/service.ts';
import { untilStored } from '#bench/service/until-stored.ts';
import { milliseconds } from '#model/base/duration.ts';
import { formatInstant, hourOf } from '#model/base/instant.ts';

const CLIENTS = 200;
const WINDOW = 20;
const MESSAGES = 576_000;
/** Past hours of arrival with counts of all devices, as after a month. */
const OLD_HOURS = 30 * 24;
const PAUSE = milliseconds(250);

const Answer = z.object({ balanced: z.boolean(), totals: z.object({ received: z.number(), waiting: z.number() }) });

const fill = async (service: Service, clients: readonly Account[], bench: Bench): Promise<void> => {
  const from = bench.clock.now();
  const plan = { port: service.mqttPort, clients: [...clients], window: WINDOW, from };
  const generator = await startGenerator(plan);
  try {
    const load = generator.run({ warmUpMs: 0, from });
    while (load.total() < MESSAGES) await Promise.race([bench.clock.sleep(milliseconds(20)), load.result]);
    load.finish();
    checkClosed(await load.result);
  } finally {
    await generator.stop();
  }
};

/** Writes the files of past hours, as the broker does. */
const ageLedger = (service: Service, clients: readonly Account[], journal: string, bench: Bench): void => {
  const counts = clients.map(({ id }) => [id, 0]);
  const now = hourOf(bench.clock.now());
  for (let hour = now - OLD_HOURS; hour < now; hour += 1) {
    const file = { journal, hour, through: 0, counts };
    writeFileSync(join(service.folder, 'journal', 'received', `${hour}.json`), JSON.stringify(file));
  }
};

interface Asked extends RequestSpan {
  readonly took: number;
  readonly waiting: number;
}

const ask = async (service: Service, path: string, { clock }: Bench): Promise<Asked> => {
  const [from, began] = [clock.now(), clock.monotonic()];
  const { totals } = await service.client.get(path, Answer);
  return { from, to: clock.now(), took: clock.monotonic() - began, waiting: totals.waiting };
};

const askUntilDrained = async (service: Service, path: string, bench: Bench): Promise<readonly Asked[]> => {
  const asked: Asked[] = [];
  for (;;) {
    const answer = await ask(service, path, bench);
    if (answer.waiting === 0) return asked;
    asked.push(answer);
    await bench.clock.sleep(PAUSE);
  }
};

const measure = (bench: Bench): Promise<RowResult> =>
  withClosing(async (closing) => {
    const notes = mkdtempSync(join(bench.on, 'klawing-loops-'));
    closing.add(() => Promise.resolve(rmSync(notes, { recursive: true })));
    const service = closing.use(await startService({ on: bench.on, store: {}, profile: bench.profile, loops: notes }));
    await service.startIngest();
    const clients = await service.register(CLIENTS, CLIENTS);
    const { journal } = await service.client.get('/v1/ledger', z.object({ journal: z.string() }));
    await service.stopIngest();
    ageLedger(service, clients, journal, bench);
    await fill(service, clients, bench);
    bench.say(`${MESSAGES.toLocaleString('en')} messages wait`);
    await service.startIngest();
    const began = bench.clock.monotonic();
    const day = await askUntilDrained(service, '/v1/ledger', bench);
    const drained = (bench.clock.monotonic() - began) / 1_000;
    await untilStored(service, bench);
    const since = formatInstant(bench.clock.now() - OLD_HOURS * 3_600_000);
    const month: Asked[] = [];
    for (let i = 0; i < 5; i += 1) month.push(await ask(service, `/v1/ledger?from=${since}&by=day`, bench));
    await bench.clock.sleep(PAUSE);

    const brokerBlock = longestBlock(readLoop(join(notes, 'broker')), [...day, ...month]);
    const ingestBlock = longestBlock(readLoop(join(notes, 'ingest')), day);
    const [first, ...others] = day.map(({ took }) => took);
    const times = others.toSorted((a, b) => a - b);
    return {
      row: 'ledger',
      setting: `${MESSAGES.toLocaleString('en')} messages from ${CLIENTS} devices wait in the journal, and ${OLD_HOURS} hours of counts beside it; both readers process them into DuckDB while GET /v1/ledger is requested 250 ms after each answer`,
      figures: [
        { name: 'GET /v1/ledger, first answer', value: first ?? Number.NaN, unit: 'ms' },
        { name: 'GET /v1/ledger, median', value: median(times), unit: 'ms', atMost: 250 },
        { name: 'GET /v1/ledger, longest', value: times.at(-1) ?? Number.NaN, unit: 'ms' },
        { name: 'GET /v1/ledger of a month, drained', value: median(month.map(({ took }) => took)), unit: 'ms' },
        {
          name: 'event loop of the broker, longest block during requests',
          value: brokerBlock.asked,
          unit: 'ms',
          atMost: 20,
        },
        { name: 'event loop of the broker, longest block between requests', value: brokerBlock.otherwise, unit: 'ms' },
        { name: 'event loop of ingest, longest block', value: ingestBlock.asked, unit: 'ms' },
        { name: 'drained', value: drained, unit: 's' },
      ],
      notes: [`${day.length} requests during the drain`, ...service.warnings()],
    };
  });

export const ledger: Row = {
  name: 'ledger',
  title: 'GET /v1/ledger during the processing of a backlog',
  measure,
};
