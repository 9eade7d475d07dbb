import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type CommandDispatcher, startDispatcher } from '#commands/dispatcher.ts';
import { makeCommandService } from '#commands/service.ts';
import { repliesIn } from '#ingest/observe/command-replies.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { days, hours, minutes, seconds } from '#model/base/duration.ts';
import type { Entry } from '#model/readings/packet.ts';
import { eventually } from '#test/support/eventually.ts';
import { aDevice, aStation } from '#test/support/servers/api.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { linkTo, socketBroker } from '#test/support/servers/socket-broker.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const NOTHING = { latest: [], presence: [], seen: [] };

const aReply = (id: string, payload: string, sequence = 1): Entry => ({
  kind: 'reply' as const,
  sender: 'dev-1',
  connection: 1,
  qos: 1 as const,
  dup: false,
  packetId: 1,
  sequence,
  topic: `v1/dev-1/commands/${id}/reply`,
  payload: Buffer.from(payload),
  receivedAt: 1_795_489_201_000,
});

/** A courier on a real database and a real socket; time stands still. */
const aCourier = async () => {
  const clock = manualClock();
  const log = silentLog();
  const broker = await socketBroker();
  const rows = openSqliteOperations(join(tempFolder(), 'operations.db'));
  onTestFinished(() => rows.stop());
  await rows.changeRegistry([
    { kind: 'put-station', station: aStation() },
    { kind: 'put-device', device: aDevice() },
  ]);
  const link = linkTo(broker.socketPath);
  const outbound = {
    publish: (topic: string, payload: Uint8Array, retain: boolean, signal: AbortSignal) =>
      link.publish({ topic, payload, qos: 1, retain }, signal),
    withdraw: (topic: string, signal: AbortSignal) => link.withdraw(topic, signal),
  };
  let courier: CommandDispatcher | undefined;
  const start = (): CommandDispatcher => {
    courier = startDispatcher({ keepCommands: days(365) }, { clock, log, rows, link: outbound });
    onTestFinished(() => courier?.stop());
    return courier;
  };
  const desk = makeCommandService({
    clock,
    rows,
    onCommand: () => courier?.commanded(),
    onConfig: ({ device }) => courier?.configured(device),
  });
  const give = (within = minutes(10)) =>
    desk.send({ device: 'dev-1', name: 'reboot', arguments: {}, within, by: 'Sari' });
  const configure = (device: string) => desk.configure({ device, by: undefined, config: { interval: 30 } });
  const heard = (path: string) => broker.heard.filter(({ call }) => call.startsWith(`POST ${path}?`));
  const stateOf = (id: string) => rows.command('dev-1', id)?.state;
  /** Lets the round under way end, and the next begin. */
  const rounds = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 1) {
      await eventually(() => expect(clock.waiting()).toBeGreaterThan(0));
      await clock.advance(seconds(1));
    }
    await eventually(() => expect(clock.waiting()).toBeGreaterThan(0));
  };
  const presence = (connection: number) =>
    rows.commitAlerted({
      ...NOTHING,
      cursor: { journal: 'j', sequence: connection },
      presence: [{ device: 'dev-1', state: 'online', since: clock.now(), connection }],
    });
  const answer = (id: string, payload: string) =>
    rows.commitAlerted({
      ...NOTHING,
      cursor: { journal: 'j', sequence: 99 },
      replies: repliesIn([aReply(id, payload)]),
    });
  return { clock, log, broker, rows, start, give, configure, heard, stateOf, rounds, presence, answer };
};

describe('a command on its way', () => {
  test('waits while the broker is away, is sent once when it is back, and is told once in the log', async () => {
    const { broker, start, give, heard, stateOf, clock, log } = await aCourier();
    await broker.goAway();
    start();
    const { id } = await give();
    await eventually(() => expect(log.lines.filter(({ event }) => event.includes('not sent'))).toHaveLength(1));
    expect(stateOf(id)).toBe('waiting');
    await broker.comeBack();
    await eventually(async () => {
      await clock.advance(seconds(5));
      expect(stateOf(id)).toBe('sent');
    });
    expect(heard('/publish')).toHaveLength(1);
    const [sent] = heard('/publish');
    expect(sent?.call).toContain(
      new URLSearchParams({ topic: `v1/dev-1/commands/${id}`, qos: '1', retain: 'false' }).toString(),
    );
    expect(JSON.parse(sent?.body ?? '')).toEqual({
      id,
      name: 'reboot',
      arguments: {},
      sent_at: '2026-11-24T03:00:00.000Z',
      expires_at: '2026-11-24T03:10:00.000Z',
    });
  });

  test('is sent again behind a new connection of its device, after a grace, and three times at most', async () => {
    const { start, give, heard, stateOf, rounds, presence } = await aCourier();
    start();
    const { id } = await give();
    await eventually(() => expect(stateOf(id)).toBe('sent'));
    await presence(1);
    await rounds(2);
    expect(heard('/publish')).toHaveLength(1);
    await rounds(2);
    await eventually(() => expect(heard('/publish')).toHaveLength(2));
    await rounds(6);
    expect(heard('/publish')).toHaveLength(2);
    for (const connection of [2, 3, 4]) {
      await presence(connection);
      await rounds(5);
    }
    expect(heard('/publish')).toHaveLength(3);
  });

  test('is not sent again once its device has it', async () => {
    const { start, give, heard, stateOf, rounds, presence, answer } = await aCourier();
    start();
    const { id } = await give();
    await eventually(() => expect(stateOf(id)).toBe('sent'));
    await answer(id, '{"state":"received"}');
    expect(stateOf(id)).toBe('delivered');
    await presence(1);
    await rounds(5);
    expect(heard('/publish')).toHaveLength(1);
    await answer(id, '{"ok":true}');
    expect(stateOf(id)).toBe('answered');
  });

  test('expires when its time is over, is taken back, and no answer changes that', async () => {
    const { start, give, heard, stateOf, rounds, answer, rows } = await aCourier();
    start();
    const { id } = await give(seconds(2));
    await eventually(() => expect(stateOf(id)).toBe('sent'));
    await rounds(3);
    await eventually(() => expect(stateOf(id)).toBe('expired'));
    await eventually(() => expect(heard('/withdraw')).toHaveLength(1));
    await answer(id, '{"ok":true}');
    expect(rows.command('dev-1', id)).toMatchObject({
      state: 'expired',
      reply: new Uint8Array(Buffer.from('{"ok":true}')),
    });
  });

  test('has the time that it was given, however the clock is set meanwhile', async () => {
    const { start, give, stateOf, rounds, clock } = await aCourier();
    start();
    const { id } = await give(seconds(6));
    await eventually(() => expect(stateOf(id)).toBe('sent'));
    clock.set(clock.now() + hours(5).ms);
    await rounds(3);
    expect(stateOf(id)).toBe('sent');
    clock.set(clock.now() - hours(10).ms);
    await rounds(4);
    await eventually(() => expect(stateOf(id)).toBe('expired'));
  });

  test('takes the first answer that ends it, and only from its own device', async () => {
    const { rows, give, stateOf, answer } = await aCourier();
    const { id } = await give();
    const stranger = { ...aReply(id, '{"ok":true}'), topic: `v1/dev-2/commands/${id}/reply` };
    await rows.commitAlerted({ ...NOTHING, cursor: { journal: 'j', sequence: 1 }, replies: repliesIn([stranger]) });
    expect(stateOf(id)).toBe('waiting');
    await answer(id, '{"ok":false,"error":"no"}');
    await answer(id, '{"ok":true}');
    await answer('never-given', '{"ok":true}');
    expect(stateOf(id)).toBe('failed');
  });

  test('is forgotten long after its end, and an open one never', async () => {
    const { start, give, stateOf, answer, clock, rows } = await aCourier();
    const old = await give();
    await answer(old.id, 'done');
    const open = await give(days(400));
    start();
    await eventually(() => expect(stateOf(open.id)).toBe('sent'));
    clock.set(clock.now() + days(366).ms);
    await eventually(async () => {
      await clock.advance(hours(1));
      expect(rows.command('dev-1', old.id)).toBeUndefined();
    });
    expect(stateOf(open.id)).toBe('sent');
  });
});

describe('a config', () => {
  test('is published retained when it is set, and all of them again when the broker is new', async () => {
    const { start, configure, heard } = await aCourier();
    const courier = start();
    await configure('dev-1');
    await eventually(() => expect(heard('/publish')).toHaveLength(1));
    const [first] = heard('/publish');
    expect(first?.call).toContain(
      new URLSearchParams({ topic: 'v1/dev-1/config', qos: '1', retain: 'true' }).toString(),
    );
    expect(first?.body).toBe('{"revision":1,"interval":30}');
    courier.brokerIsNew();
    await eventually(() => expect(heard('/publish')).toHaveLength(2));
  });

  test('of a device that was removed is taken away once, and published again when it is registered again', async () => {
    const { start, configure, heard, rounds, rows, broker } = await aCourier();
    const told = () =>
      heard('/publish').map(({ call, body }) => [new URL(call.slice(5), 'http://b').searchParams.get('topic'), body]);
    await configure('dev-1');
    const courier = start();
    await rounds(2);
    await rows.changeRegistry([{ kind: 'remove-device', device: 'dev-1' }]);
    await rounds(3);
    const set = ['v1/dev-1/config', '{"revision":1,"interval":30}'];
    const nothing = ['v1/dev-1/config', ''];
    expect(told()).toEqual([set, nothing]);
    await broker.goAway();
    courier.brokerIsNew();
    await rounds(2);
    await broker.comeBack();
    await rounds(8);
    expect(told()).toEqual([set, nothing, nothing]);
    await rows.changeRegistry([{ kind: 'put-device', device: aDevice() }]);
    await rounds(3);
    expect(told()).toEqual([set, nothing, nothing, set]);
  });

  test('of a device that was revoked stays: it may be let in again', async () => {
    const { start, configure, heard, rounds, rows } = await aCourier();
    await configure('dev-1');
    start();
    await rounds(2);
    await rows.changeRegistry([{ kind: 'revoke', device: 'dev-1' }]);
    await rounds(3);
    expect(heard('/publish')).toHaveLength(1);
  });

  test('that the broker did not take is published later', async () => {
    const { start, configure, heard, broker, clock } = await aCourier();
    start();
    broker.answer('/publish', 503, '{"code":"SERVICE_STOPPED","detail":"it stops","retry":true}');
    await configure('dev-1');
    await eventually(() => expect(heard('/publish')).toHaveLength(1));
    broker.answer('/publish', 204);
    await eventually(async () => {
      await clock.advance(seconds(5));
      expect(heard('/publish')).toHaveLength(2);
    });
  });
});
