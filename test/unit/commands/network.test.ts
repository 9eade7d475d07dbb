import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startDispatcher } from '#commands/dispatcher.ts';
import { makeCommandService, MOST_OPEN } from '#commands/service.ts';
import { repliesIn } from '#ingest/observe/command-replies.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { days, minutes, seconds } from '#model/base/duration.ts';
import { uuidOf } from '#model/commands/downlink-id.ts';
import type { Network } from '#model/registry/network.ts';
import { aDevice, aStation } from '#test/support/servers/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { APPLICATION } from '#test/support/servers/network.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { linkTo, socketBroker } from '#test/support/servers/socket-broker.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const NOTHING = { latest: [], presence: [], seen: [] };
const NETWORK: Network = { application: APPLICATION, port: 10 };
const EUI = '70b3d57ed0051a03';

/** A courier whose one device stands behind ChirpStack; time stands still. */
const aCourier = async (network: Network | undefined = NETWORK) => {
  const clock = manualClock();
  const broker = await socketBroker();
  const path = join(tempFolder(), 'operations.db');
  const rows = openSqliteOperations(path);
  onTestFinished(() => rows.stop());
  const device = aDevice({ gateway: 'ns-1', externalId: EUI, network });
  await rows.changeRegistry([
    { kind: 'put-station', station: aStation() },
    { kind: 'put-gateway', gateway: { id: 'ns-1', kind: 'chirpstack', registeredAt: 0, revoked: false } },
    { kind: 'put-device', device },
  ]);
  const link = linkTo(broker.socketPath);
  const courier = startDispatcher(
    { keepCommands: days(365) },
    {
      clock,
      rows,
      log: silentLog(),
      link: {
        publish: (topic, payload, retain, signal) => link.publish({ topic, payload, qos: 1, retain }, signal),
        withdraw: (topic, signal) => link.withdraw(topic, signal),
      },
    },
  );
  onTestFinished(() => courier.stop());
  const desk = makeCommandService({
    clock,
    rows,
    onCommand: () => courier.commanded(),
    onConfig: ({ device: of }) => courier.configured(of),
  });
  const give = (within = minutes(10)) =>
    desk.send({ device: 'dev-1', name: 'reboot', arguments: {}, within, by: undefined });
  const published = () =>
    broker.heard.flatMap(({ call, body }) => {
      const url = new URL(call.split(' ')[1] ?? '', 'http://broker');
      return url.pathname === '/publish' ? [{ topic: url.searchParams.get('topic'), body }] : [];
    });
  const rounds = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 1) {
      await eventually(() => expect(clock.waiting()).toBeGreaterThan(0));
      await clock.advance(seconds(1));
    }
    await eventually(() => expect(clock.waiting()).toBeGreaterThan(0));
  };
  const connected = (connection: number) =>
    rows.commitAlerted({
      ...NOTHING,
      cursor: { journal: 'j', sequence: connection },
      presence: [{ device: 'ns-1', state: 'online', since: clock.now(), connection }],
    });
  const stateOf = (id: string) => rows.command('dev-1', id)?.state;
  return { clock, broker, path, rows, desk, give, published, rounds, connected, stateOf, courier, device };
};

const DOWN = `application/${APPLICATION}/device/${EUI}/command/down`;

describe('a command to a device behind a network server', () => {
  test('waits until the network server is connected, goes once, and not again behind its next connection', async () => {
    const { give, published, rounds, connected, stateOf } = await aCourier();
    const { id } = await give();
    await rounds(3);
    expect([published(), stateOf(id)]).toEqual([[], 'waiting']);
    await connected(1);
    await rounds(5);
    await eventually(() => expect(stateOf(id)).toBe('sent'));
    await connected(2);
    await rounds(6);
    expect(published().map(({ topic }) => topic)).toEqual([DOWN]);
    expect(JSON.parse(published()[0]?.body ?? '')).toMatchObject({ id: uuidOf(id), object: { name: 'reboot' } });
  });

  test.for([
    [{ acknowledged: true }, 'answered'],
    [{ acknowledged: false }, 'failed'],
  ] as const)('ends with what the network server says of it: %j', async ([said, state]) => {
    const { give, rounds, connected, rows, stateOf } = await aCourier();
    const { id } = await give();
    await connected(1);
    await rounds(4);
    const payload = Buffer.from(JSON.stringify({ queueItemId: uuidOf(id), ...said }));
    const entry = {
      kind: 'reply' as const,
      sender: 'dev-1',
      connection: 1,
      qos: 0 as const,
      dup: false,
      packetId: 0,
      sequence: 5,
      topic: `application/${APPLICATION}/device/${EUI}/event/ack`,
      payload,
      receivedAt: 1_795_489_201_000,
    };
    const strange = { ...entry, sender: 'ns-1' };
    await rows.commitAlerted({ ...NOTHING, cursor: { journal: 'j', sequence: 5 }, replies: repliesIn([strange]) });
    expect(stateOf(id)).toBe('sent');
    await rows.commitAlerted({ ...NOTHING, cursor: { journal: 'j', sequence: 6 }, replies: repliesIn([entry]) });
    expect(rows.command('dev-1', id)).toMatchObject({ state, reply: new Uint8Array(payload) });
  });

  test('expires without being taken back, which would take others of the device with it', async () => {
    const { broker, give, rounds, connected, stateOf } = await aCourier();
    const { id } = await give(seconds(8));
    await connected(1);
    await rounds(10);
    await eventually(() => expect(stateOf(id)).toBe('expired'));
    expect(broker.heard.filter(({ call }) => call.includes('/withdraw'))).toEqual([]);
  });

  test('is refused where nothing says how the device is reached, and a config too', async () => {
    const { give, desk, rows } = await aCourier({ raw: true });
    await expect(give()).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    const change = { device: 'dev-1', config: { interval: 600 }, by: undefined };
    await expect(desk.configure(change)).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    expect([rows.configs(), rows.openCommands()]).toEqual([[], []]);
  });

  test('stays where it is when the device is registered otherwise meanwhile', async () => {
    const { give, rows, device, rounds, connected, published, stateOf } = await aCourier();
    const { id } = await give();
    await rows.changeRegistry([{ kind: 'put-device', device: { ...device, network: { port: 10 } } }]);
    await connected(1);
    await rounds(5);
    expect([published(), stateOf(id)]).toEqual([[], 'waiting']);
    await rows.changeRegistry([{ kind: 'put-device', device }]);
    await rounds(2);
    await eventually(() => expect(stateOf(id)).toBe('sent'));
  });
});

describe('a config of a device behind a network server', () => {
  test('goes down as a command, once, and is retained nowhere, also when the broker is new', async () => {
    const { desk, rows, courier, published, rounds, connected } = await aCourier();
    await connected(1);
    await desk.configure({ device: 'dev-1', config: { interval: 600, settings: { gain: 2 } }, by: 'Sari' });
    await rounds(5);
    courier.brokerIsNew();
    await rounds(2);
    expect(published().map(({ topic }) => topic)).toEqual([DOWN]);
    expect(JSON.parse(published()[0]?.body ?? '')).toMatchObject({
      object: { name: 'config', arguments: { interval: 600, gain: 2 } },
    });
    const query = { device: 'dev-1', state: undefined, before: undefined, limit: 9 };
    expect(rows.commands(query)).toMatchObject([{ name: 'config', by: 'Sari', state: 'sent' }]);
    expect(rows.configs()).toMatchObject([{ revision: 1, config: { interval: 600 } }]);
  });

  test('stands together with its command or not at all', async () => {
    const { desk, rows, path } = await aCourier();
    const change = { device: 'dev-1', config: { interval: 600 }, by: undefined };
    const disk = new DatabaseSync(path);
    onTestFinished(() => disk.close());
    for (const table of ['device_config', 'command']) {
      disk.exec(`CREATE TRIGGER refusing BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'refused'); END`);
      await expect(desk.configure(change)).rejects.toThrow('refused');
      expect([rows.configs(), rows.openCommands()]).toEqual([[], []]);
      disk.exec('DROP TRIGGER refusing');
    }
    await desk.configure(change);
    expect([rows.configs(), rows.openCommands()]).toMatchObject([[{ revision: 1 }], [{ name: 'config' }]]);
  });

  test('is refused, and the one before stays, while as many commands as may be are open', async () => {
    const { desk, rows, give } = await aCourier();
    const configure = (interval: number) => desk.configure({ device: 'dev-1', config: { interval }, by: undefined });
    await configure(600);
    for (let open = 1; open < MOST_OPEN; open += 1) await give();
    await expect(configure(30)).rejects.toMatchObject({ code: 'SERVICE_BUSY', retry: true });
    expect(rows.configs()).toMatchObject([{ revision: 1, config: { interval: 600 } }]);
  });
});
