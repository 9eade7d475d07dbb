import { statSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '#model/base/clock.ts';
import { Fault } from '#model/base/fault.ts';
import { hourOf } from '#model/base/instant.ts';
import { startLocalSocket } from '#broker/control/local-socket.ts';
import { startBrokerClient } from '#broker/client/broker-client.ts';
import { callSocket } from '#broker/client/http-call.ts';
import { eventually } from '#test/support/eventually.ts';
import { OPERATOR_TOKEN, testBroker } from '#test/support/servers/broker.ts';
import { publishPacket } from '#test/support/clients/raw-mqtt.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';
import { WAIT } from '#test/support/limits.ts';

const TOPIC = 'v1/river-01/readings';

const linkTo = (socketPath: string) => {
  const link = startBrokerClient({ socketPath, timeout: WAIT, maxCalls: 100 }, { clock: systemClock });
  onTestFinished(() => link.stop());
  return link;
};

const start = async () => {
  const started = await testBroker();
  return { ...started, link: linkTo(started.broker.socketPath) };
};

const codeOf = (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.then(
    () => 'no fault',
    (error: unknown) => (error instanceof Fault ? `${error.code} ${error.retry}` : error),
  );

describe('append', () => {
  test('journals a body and answers with its sequence after the sync', async () => {
    const { link, journal } = await start();
    journal.hold();
    let answer: unknown;
    void link.append({ device: 'river-01', topic: `${TOPIC}/senml`, payload: Buffer.from('[]') }).then((given) => {
      answer = given;
    });
    await eventually(() => expect(journal.pending()).toBe(1));
    expect(answer).toBeUndefined();
    journal.release();
    await eventually(() => expect(answer).toEqual({ journal: 'memory', sequence: 2 }));
    expect(journal.entries.at(-1)).toMatchObject({ kind: 'readings', sender: 'river-01', connection: 0 });
  });

  test('refuses a topic that is not the device’s, a body over the bound, and passes on a full journal', async () => {
    const { link, journal } = await start();
    const append = (topic: string, payload: Uint8Array): Promise<unknown> =>
      codeOf(link.append({ device: 'river-01', topic, payload }));
    expect(await append('v1/air-07/readings', Buffer.from('x'))).toBe('TOPIC_REFUSED false');
    expect(await append('v1/river-01/status', Buffer.from('x'))).toBe('TOPIC_REFUSED false');
    expect(await append(TOPIC, Buffer.alloc(2 ** 20))).toBe('no fault');
    expect(await append(TOPIC, Buffer.alloc(2 ** 20 + 1))).toBe('PAYLOAD_TOO_LARGE false');
    journal.fill();
    expect(await append(TOPIC, Buffer.from('x'))).toBe('JOURNAL_FULL true');
  });
});

/** With the entry of the broker's start in the journal. */
const started = async () => {
  const here = await start();
  await eventually(() => expect(here.journal.entries).toHaveLength(1));
  return here;
};

describe('synced', () => {
  test('answers at once where there are entries behind the number, and else when the next one is synced', async () => {
    const { link, journal } = await started();
    expect(await link.synced(0)).toBe(1);
    journal.hold();
    let answer: unknown;
    void link.synced(1).then((given) => {
      answer = given;
    });
    const appended = link.append({ device: 'river-01', topic: TOPIC, payload: Buffer.from('{}') });
    await eventually(() => expect(journal.pending()).toBe(1));
    expect(answer).toBeUndefined();
    journal.release();
    await appended;
    await eventually(() => expect(answer).toBe(2));
  });

  test('lets nobody wait for a broker that stops', async () => {
    const { link, broker } = await started();
    const waiting = codeOf(link.synced(1));
    await link.health();
    await broker.stop();
    expect(await waiting).toMatch(/^(SERVICE_STOPPED|BROKER_UNREACHABLE) true$/);
  });
});

describe('publish', () => {
  test('reaches the device, retained where it was asked for, also one that comes later', async () => {
    const { link, client } = await start();
    await link.publish({ topic: 'v1/river-01/config', payload: Buffer.from('{"every":60}'), qos: 1, retain: true });
    const device = await client('river-01');
    const seen: string[] = [];
    device.on('message', (topic, payload) => seen.push(`${topic} ${payload.toString()}`));
    await device.subscribeAsync(['v1/river-01/config', 'v1/river-01/commands/#', 'v1/alerts/#'], { qos: 1 });
    await link.publish({ topic: 'v1/river-01/commands/7', payload: Buffer.from('reboot'), qos: 2, retain: false });
    await link.publish({ topic: 'v1/alerts/bridge/stage', payload: Buffer.from('firing'), qos: 1, retain: true });
    await eventually(() =>
      expect(seen.toSorted()).toEqual([
        'v1/alerts/bridge/stage firing',
        'v1/river-01/commands/7 reboot',
        'v1/river-01/config {"every":60}',
      ]),
    );
  });

  test('waits with a command for a device that sleeps', async () => {
    const { link, client, raw } = await start();
    const awake = await client('river-01', { clean: false });
    await awake.subscribeAsync('v1/river-01/commands/#', { qos: 1 });
    await awake.endAsync();
    await link.publish({ topic: 'v1/river-01/commands/8', payload: Buffer.from('later'), qos: 1, retain: false });
    const back = await raw('river-01', { clean: false });
    const [command] = await back.expect('publish');
    expect(command).toMatchObject({ topic: 'v1/river-01/commands/8', qos: 1 });
  });

  test('takes no topic that belongs to a device', async () => {
    const { link } = await start();
    const readings = { topic: TOPIC, payload: Buffer.from('x'), qos: 0, retain: false } as const;
    expect(await codeOf(link.publish(readings))).toBe('TOPIC_REFUSED false');
  });
});

describe('a device', () => {
  test('that was revoked is disconnected after the registry is read again, and not admitted', async () => {
    const { link, raw, credentials, log } = await start();
    const revoked = await raw('river-01');
    const other = await raw('air-07');
    credentials.revoke('river-01');
    await link.registryChanged();
    await revoked.closed();
    expect(other.isClosed()).toBe(false);
    expect(log.lines.at(-1)?.fields).toMatchObject({ reason: 'revoked' });
    const again = await raw('river-01');
    expect(again.received[0]).toMatchObject({ returnCode: 4 });
  });

  test('is disconnected on demand, with all its connections', async () => {
    const { link, raw } = await start();
    const first = await raw('river-01');
    const second = await raw('river-01', { clientId: 'river-01.b' });
    const operator = await raw('operator', { password: OPERATOR_TOKEN });
    expect(await link.disconnect('river-01')).toBe(2);
    await Promise.all([first.closed(), second.closed()]);
    expect(await link.disconnect('river-01')).toBe(0);
    expect(operator.isClosed()).toBe(false);
  });
});

describe('the journal', () => {
  test('gets the cursors of the readers, and ignores those of another journal', async () => {
    const { link, journal } = await start();
    await eventually(() => expect(journal.entries).toHaveLength(1));
    await link.passed('memory', 1);
    expect(journal.passedTo()).toBe(1);
    expect(await codeOf(link.passed('another', 0))).toBe('JOURNAL_FOREIGN false');
    expect(journal.passedTo()).toBe(1);
  });

  test('that ends before the place where its readers stand is an older copy', async () => {
    const { link, journal } = await start();
    await eventually(() => expect(journal.entries).toHaveLength(1));
    expect(await codeOf(link.passed('memory', 2))).toBe('JOURNAL_FOREIGN false');
    expect(journal.passedTo()).toBe(0);
  });

  test('says what it received, per sender and hour', async () => {
    const { link, raw } = await start();
    const device = await raw('river-01');
    for (const messageId of [1, 2, 3]) device.send(publishPacket(TOPIC, 'x', { qos: 1, messageId }));
    await device.expect('puback', 3);
    const hour = hourOf(systemClock.now());
    const { hours } = await link.received(hour - 1, hour);
    const counts = hours.flatMap((of) => of.counts);
    expect(counts.map(([sender]) => sender)).toContain('river-01');
    expect(counts.reduce((sum, [, count]) => sum + count, 0)).toBe(3);
  });
});

describe('health and metrics', () => {
  test('tell of the journal, the connections and every kind of message', async () => {
    const { link, raw, journal } = await start();
    const device = await raw('river-01');
    device.send(publishPacket(TOPIC, 'twelve bytes', { qos: 1, messageId: 1 }));
    await device.expect('puback');
    expect(await link.health()).toMatchObject({ connections: 1, journal: { id: 'memory', last: 3 } });
    journal.fill();
    expect((await link.health()).journal.stalled).toBe('bound');
    const text = await link.metrics();
    expect(text).toContain('klawing_broker_messages_total{qos="1",outcome="journaled"} 1\n');
    expect(text).toContain('klawing_broker_payload_bytes_total 12\n');
    expect(text).toContain('klawing_broker_connections 1\n');
    expect(text).toContain('klawing_broker_journal_stalled{cause="bound"} 1\n');
    expect(text).toContain('klawing_broker_in_flight_messages 0\n');
    expect(await link.metrics()).toContain('klawing_broker_messages_total{qos="1",outcome="journaled"} 1\n');
  });
});

describe('the socket', () => {
  test('is for its own user alone, replaces what a crash left, and yields to a broker that runs', async () => {
    const path = join(tempFolder(), 'broker.sock');
    writeFileSync(path, '');
    const socket = await startLocalSocket(path, 1_024, {});
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await expect(startLocalSocket(path, 1_024, {})).rejects.toMatchObject({ code: 'DATA_LOCKED' });
    await socket.stop();
    await socket.stop();
  });

  test('stops beside a caller that asks again at once on the same connection', async () => {
    const socketPath = join(tempFolder(), 'broker.sock');
    const { signal } = new AbortController();
    const { promise: stopping, resolve: stop } = Promise.withResolvers<void>();
    let calls = 0;
    const socket = await startLocalSocket(socketPath, 1_024, {
      'GET /synced': async () => {
        calls += 1;
        await stopping;
        return { status: 204 };
      },
    });
    const call = { method: 'GET', path: '/synced', body: undefined, isRepeatable: true } as const;
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const asking = (async () => {
      for (;;) {
        const code = await codeOf(callSocket(call, { socketPath, agent, answerBytes: 1_000, signal }));
        if (code !== 'no fault') return;
      }
    })();
    await eventually(() => expect(calls).toBe(1));
    const stopped = socket.stop();
    stop();
    await stopped;
    await asking;
  });

  test('answers an unknown call with a fault', async () => {
    const { broker } = await start();
    const limits = { socketPath: broker.socketPath, agent: new Agent(), answerBytes: 1_000 };
    const call = { method: 'GET', path: '/nothing', body: undefined, isRepeatable: true } as const;
    const signal = AbortSignal.timeout(WAIT.ms);
    expect(await codeOf(callSocket(call, { ...limits, signal }))).toBe('NOT_FOUND false');
  });
});
