import { stderr } from 'node:process';
import { expect } from 'vitest';
import { z } from 'zod';
import { createRandom, keyOf } from '#firmware-sim/random.ts';
import { systemClock } from '#model/clock.ts';
import { milliseconds, seconds } from '#model/duration.ts';
import { eventually } from '#test/support/eventually.ts';
import { compare, compareQuarantine, NO_DIFFERENCE, type Row, rowsOfApi, untilKept } from '#test/support/oracle.ts';
import { type Sender, startSender } from '#test/support/sender.ts';
import { type Service, testService } from '#test/support/service.ts';

export const ROUNDS = Number(process.env['TEST_KILL_ROUNDS'] ?? 20);
const SEED = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 1e6));
const DEVICES = ['load-1', 'load-2', 'load-3'];
const STATION = 'PBG-A01';

/** A store to test with: how Klawing is told of it, and how its rows are read without Klawing. */
export interface Ground {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly rows: (service: Service) => Promise<readonly Row[]>;
}

const register = async (service: Service): Promise<ReadonlyMap<string, string>> => {
  await service.addStation(STATION, 'air');
  const secrets = new Map<string, string>();
  for (const device of DEVICES) secrets.set(device, await service.addDevice(device, STATION));
  return secrets;
};

/** Kills one of the two or both, after a random moment of work; every third time while the last start is under way. */
const killAtRandom = async (service: Service, sender: Sender): Promise<void> => {
  const random = createRandom(keyOf(SEED, 'kills'));
  for (let round = 1; round <= ROUNDS; round += 1) {
    if (!random.chance(0.33)) {
      await service.ready();
      const before = sender.acknowledged();
      await eventually(() => expect(sender.acknowledged()).toBeGreaterThan(before), seconds(20));
    }
    await systemClock.sleep(milliseconds(random.next() * 500));
    const dice = random.next();
    const parts =
      dice < 0.4 ? (['broker'] as const) : dice < 0.8 ? (['ingest'] as const) : (['ingest', 'broker'] as const);
    await Promise.all(parts.map((part) => service.kill(part, 'SIGKILL')));
    for (const part of parts) service.start(part);
  }
  await service.ready();
};

const Verified = z.object({
  balanced: z.boolean(),
  explanation: z.string(),
  verification: z.object({ verified: z.boolean(), found: z.number() }),
});

/** Everything that was acknowledged is in the API, in quarantine and in the ledger, as its sender noted it. */
const expectEverything = async (service: Service, sender: Sender): Promise<void> => {
  const { sent } = sender;
  const { balanced, explanation, totals } = await untilKept(service);
  expect(balanced, explanation).toBe(true);
  expect(totals.received).toBeGreaterThanOrEqual(sent.length);
  expect(totals.duplicates).toBeGreaterThan(0);
  expect(totals.revised).toBeGreaterThan(0);
  expect(compare(sent, await rowsOfApi(service, STATION))).toEqual(NO_DIFFERENCE);
  expect(await compareQuarantine(service, sent)).toEqual([]);
  const { status, out, err } = await service.cli('ledger', '--verify', '--json');
  expect(Verified.parse(JSON.parse(out)), err).toMatchObject({ balanced: true, verification: { verified: true } });
  expect(status).toBe(0);
};

/** Broker and ingest, killed again and again while devices send; then counts what their senders noted. */
export const killAndCount = async ({ name, env, rows }: Ground): Promise<void> => {
  stderr.write(`killing over ${name}: TEST_SEED=${SEED}\n`);
  const service = await testService({ parts: ['broker', 'ingest'], env });
  await service.ready();
  const sender = startSender({ port: service.ports.mqtt, devices: await register(service), seed: SEED });
  await killAtRandom(service, sender);
  await sender.drain();
  expect(sender.unanswered()).toBe(0);
  await expectEverything(service, sender);
  await service.stop();
  expect(compare(sender.sent, await rows(service))).toEqual(NO_DIFFERENCE);
};
