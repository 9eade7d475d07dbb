import { withClosing } from '#bench/closing.ts';
import { type RowResult, ofRounds } from '#bench/report/figure.ts';
import { startGenerator } from '#bench/generator.ts';
import { firstAcknowledgement } from '#bench/first-acknowledgement.ts';
import { checkClosed } from '#bench/round.ts';
import type { Bench, Row } from '#bench/row.ts';
import { type Account, type Service, startService } from '#bench/service/service.ts';
import { milliseconds } from '#model/base/duration.ts';

const CLIENTS = 100;
const WINDOW = 20;
const WAITING = 1_000_000;
const ROUNDS = 3;
const POLL = milliseconds(100);

const fill = async (service: Service, clients: readonly Account[], bench: Bench): Promise<number> => {
  const from = bench.clock.now();
  const plan = { port: service.mqttPort, clients: [...clients], window: WINDOW, from };
  const generator = await startGenerator(plan);
  try {
    const load = generator.run({ warmUpMs: 0, from });
    while (load.total() < WAITING) await Promise.race([bench.clock.sleep(POLL), load.result]);
    load.finish();
    const result = await load.result;
    checkClosed(result);
    return result.total;
  } finally {
    await generator.stop();
  }
};

/** Kills the broker and starts it on the same port; returns the seconds from the start of the process to the first PUBACK. */
const restartOnce = async (service: Service, account: Account, bench: Bench): Promise<number> => {
  await service.broker.stop('SIGKILL');
  const began = bench.clock.monotonic();
  const started = service.startBroker();
  await firstAcknowledgement({ port: service.mqttPort, ...account }, bench.clock);
  const taken = bench.clock.monotonic() - began;
  await started;
  return taken / 1_000;
};

const measure = (bench: Bench): Promise<RowResult> =>
  withClosing(async (closing) => {
    const service = closing.use(await startService({ on: bench.on, store: {}, profile: bench.profile }));
    await service.startIngest();
    const accounts = await service.register(CLIENTS + 1, CLIENTS + 1);
    await service.stopIngest();
    const waiting = await fill(service, accounts.slice(0, CLIENTS), bench);
    bench.say(`${waiting.toLocaleString('en')} messages wait in the journal`);
    const probe = accounts[CLIENTS];
    if (probe === undefined) throw new Error('no device is left for the probe');
    const taken: number[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) taken.push(await restartOnce(service, probe, bench));
    return {
      row: 'restart',
      setting: `SIGKILL to the broker with ${waiting.toLocaleString('en')} messages waiting in the journal, then started again, ${ROUNDS} times; until a client that retries has its first PUBACK`,
      figures: [ofRounds('from the start of the process to the first PUBACK', 's', taken, { atMost: 3 })],
      notes: [`each: ${taken.map((one) => `${one.toFixed(2)} s`).join(', ')}`, ...service.warnings()],
    };
  });

export const restart: Row = {
  name: 'restart',
  title: 'SIGKILL with 1,000,000 waiting messages, until the next acknowledgement',
  measure,
};
