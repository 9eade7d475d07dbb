import { join } from 'node:path';
import mqtt from 'mqtt';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '#model/base/clock.ts';
import { seconds } from '#model/base/duration.ts';
import { formatInstant } from '#model/base/instant.ts';
import { eventually } from '#test/support/eventually.ts';
import { type HalfDone, killHalfway, untilHalfDone, watchHalfDone } from '#test/support/builders/half-done.ts';
import { hasInfluxd, type Influxd, startInfluxd } from '#test/support/servers/influxd.ts';
import { compare, rowsOfApi, untilProcessed } from '#test/support/oracles/oracle.ts';
import { type Sender, startSender } from '#test/support/clients/sender.ts';
import { type Service, type ServiceOptions, testService } from '#test/support/servers/service.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const PARTS = ['broker', 'ingest'] as const;
const STATION = 'PBG-A01';
const TRIES = 40;

/** Kills ingest until that has left something half done, which what is given brings about. */
const leaveHalfDone = async (service: Service, what: HalfDone, cause?: () => Promise<unknown>): Promise<void> => {
  const isHalfDone = watchHalfDone(service, what);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const caused = cause?.();
    const isHit = await killHalfway(service, isHalfDone, caused);
    await caused;
    if (isHit) return;
    service.start('ingest');
    await service.ready();
  }
  throw new Error(`of ${TRIES} kills none left a half-done ${what}`);
};

/** Backs a service up, ends it for good, and starts what the backup restores. */
const moveByBackup = async (original: Service, options: ServiceOptions, what: HalfDone): Promise<Service> => {
  const folder = join(tempFolder(), 'backup');
  const made = await original.cli('backup', folder);
  expect(made, made.err).toMatchObject({ status: 0 });
  for (const part of PARTS) if (original.running(part).isRunning()) await original.kill(part, 'SIGKILL');
  const restored = await testService({ ...options, parts: [] });
  const outcome = await restored.cli('restore', folder);
  expect(outcome, outcome.err).toMatchObject({ status: 0 });
  expect(watchHalfDone(restored, what)(), `a half-done ${what} in the backup`).toBe(true);
  return restored;
};

const goOn = async (restored: Service): Promise<void> => {
  for (const part of PARTS) restored.start(part);
  await restored.ready();
};

const expectVerified = async (service: Service): Promise<void> => {
  const { balanced, explanation } = await untilProcessed(service);
  expect(balanced, explanation).toBe(true);
  const { status, out } = await service.cli('ledger', '--verify');
  expect(status, out).toBe(0);
};

const load = async (service: Service): Promise<Sender> => {
  await service.addStation(STATION, 'air');
  const devices = new Map([
    ['load-1', await service.addDevice('load-1', STATION)],
    ['load-2', await service.addDevice('load-2', STATION)],
  ]);
  const sender = startSender({ port: service.ports.mqtt, devices, seed: 21 });
  await eventually(() => expect(sender.acknowledged()).toBeGreaterThan(100));
  return sender;
};

const expectAllOnce = async (service: Service, sender: Sender): Promise<void> => {
  const acknowledged = sender.sent.filter(({ isAcknowledged }) => isAcknowledged);
  expect(compare(acknowledged, await rowsOfApi(service, STATION))).toMatchObject({ missing: [], twice: [] });
};

test('a backup with a batch half done in it goes on where that stood, and stores nothing twice', async () => {
  const original = await testService({ parts: PARTS });
  await original.ready();
  const sender = await load(original);
  await leaveHalfDone(original, 'intent');
  await sender.drain();
  sender.stop();
  await original.kill('broker', 'SIGKILL');
  const restored = await moveByBackup(original, {}, 'intent');
  await goOn(restored);
  await expectVerified(restored);
  await expectAllOnce(restored, sender);
});

/** Takes the store away in the midst of a batch: what was begun before stands until the store is back. */
const takeAwayHalfway = async (service: Service, influx: Influxd): Promise<void> => {
  const isHalfDone = watchHalfDone(service, 'intent');
  for (let tries = 0; tries < TRIES; tries += 1) {
    await untilHalfDone(isHalfDone);
    await influx.kill();
    await eventually(async () => expect((await service.get('/readyz')).status).toBe(503));
    if (isHalfDone()) return;
    await influx.restart();
    await service.ready();
  }
  throw new Error(`the store was taken away ${TRIES} times, and never in the midst of a batch`);
};

test.runIf(hasInfluxd)(
  'a backup of a running system that waits for its store in the midst of a batch does so too',
  async () => {
    const influx = await startInfluxd(tempFolder());
    onTestFinished(() => influx.kill());
    const options = {
      config: 'store: { kind: influx, timeout: 5s }\n',
      env: { KLAWING_INFLUX_URL: influx.url, KLAWING_INFLUX_WRITE_PATH: '/write', KLAWING_INFLUX_BUCKET: 'klawing' },
    };
    const original = await testService({ ...options, parts: PARTS });
    await original.ready();
    const sender = await load(original);
    await takeAwayHalfway(original, influx);
    await sender.drain();
    sender.stop();
    const restored = await moveByBackup(original, options, 'intent');
    await influx.restart();
    await goOn(restored);
    await expectVerified(restored);
    await expectAllOnce(restored, sender);
  },
);

const REFUSED = 300;

/** Packets of which one field is refused until it is registered. */
const refuseSome = async (service: Service): Promise<void> => {
  await service.addStation(STATION, 'air');
  const password = await service.addDevice('box-1', STATION);
  const now = systemClock.now();
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${service.ports.mqtt}`, {
    clientId: 'box-1',
    username: 'box-1',
    password,
  });
  const sending = Array.from({ length: REFUSED }, (_, i) => {
    const reading = { time: formatInstant(now - seconds(i + 1).ms), values: { PM25: i, pm10: 5 } };
    return client.publishAsync('v1/box-1/readings', JSON.stringify(reading), { qos: 1 });
  });
  await Promise.all(sending);
  await client.endAsync();
  await untilProcessed(service);
  const set = await service.cli('device', 'set', 'box-1', '--rename', 'PM25=pm2_5');
  expect(set, set.err).toMatchObject({ status: 0 });
};

test('a backup with a step of a replay half done in it ends that step first, and stores nothing twice', async () => {
  const original = await testService({ parts: PARTS });
  await original.ready();
  await refuseSome(original);
  await leaveHalfDone(original, 'replay', () => original.cli('quarantine', 'replay', '--all'));
  await original.kill('broker', 'SIGKILL');
  const restored = await moveByBackup(original, {}, 'replay');
  await goOn(restored);
  const replayed = await restored.cli('quarantine', 'replay', '--all', '--json');
  expect(replayed, replayed.err).toMatchObject({ status: 0 });
  await expectVerified(restored);
  const values = (await rowsOfApi(restored, STATION)).flatMap(({ property, value }) =>
    property === 'pm2_5' ? [value] : [],
  );
  expect(values.toSorted((a, b) => a - b)).toEqual(Array.from({ length: REFUSED }, (_, i) => i));
});
