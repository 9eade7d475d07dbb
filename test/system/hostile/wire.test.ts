import fc from 'fast-check';
import { type Packet, generate } from 'mqtt-packet';
import { describe, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { type TestBroker, secretOf, testBroker } from '#test/support/servers/broker.ts';
import { type RawMqtt, connectPacket, publishPacket, rawMqtt } from '#test/support/clients/raw-mqtt.ts';

const GOOD = 'v1/air-07/readings';

/** A device that sends one reading after another, each when the last one is acknowledged. */
const goodDevice = async (at: TestBroker) => {
  const device = await at.client('air-07');
  const sent: string[] = [];
  let isOver = false;
  const sending = (async () => {
    while (!isOver) {
      const payload = `reading ${sent.length}`;
      await device.publishAsync(GOOD, payload, { qos: 1 });
      sent.push(payload);
    }
  })();
  return {
    /** Ends it, and looks whether every reading is in the journal exactly once. */
    served: async (): Promise<void> => {
      isOver = true;
      await sending;
      const kept = at.journal.entries.filter(({ topic }) => topic === GOOD).map(({ payload }) => String(payload));
      expect(sent.length).toBeGreaterThan(3);
      expect(kept).toEqual(sent);
      expect(Reflect.ownKeys(Object.prototype)).toEqual(PROTOTYPE);
    },
  };
};

const PROTOTYPE = Reflect.ownKeys(Object.prototype);

const connectOf = (clientId: string, password = secretOf('river-01')): Packet =>
  connectPacket({ clientId, username: 'river-01', password });

/** Packets as a device may send them, with names from everyone's prototype. */
const name = fc.constantFrom('v1/river-01/readings', 'v1/__proto__/readings', 'constructor', 'v1/river-01/status', '#');
const valid: fc.Arbitrary<Packet> = fc.oneof(
  fc.constant(connectOf('river-01')),
  fc.constant(connectPacket({ clientId: '__proto__', username: 'constructor', password: 'x' })),
  fc
    .tuple(name, fc.string({ maxLength: 30 }), fc.constantFrom(0, 1, 2), fc.boolean())
    .map(([topic, payload, qos, retain]) =>
      publishPacket(topic.replace('#', 'x'), payload, { qos, retain, ...(qos === 0 ? {} : { messageId: 7 }) }),
    ),
  name.map((topic): Packet => ({ cmd: 'subscribe', messageId: 9, subscriptions: [{ topic, qos: 1 }] })),
  fc.constantFrom<Packet>({ cmd: 'pingreq' }, { cmd: 'pubrel', messageId: 7 }, { cmd: 'puback', messageId: 3 }),
);

/** Bits turned, ends cut off, lengths that lie. */
const mutated = fc
  .tuple(fc.array(valid, { minLength: 1, maxLength: 4 }), fc.array(fc.nat(), { maxLength: 4 }), fc.nat(), fc.boolean())
  .map(([packets, flips, cut, isLying]) => {
    const bytes = Buffer.concat(packets.map((packet) => generate(packet)));
    for (const flip of flips) {
      const at = (flip >> 3) % bytes.length;
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (flip & 7)), at);
    }
    if (isLying) bytes.writeUInt8(0x7f, 1);
    return cut % 3 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes;
  });

describe('beside a good device, of which every reading is there once', () => {
  test('packets with turned bits, cut ends and lying lengths do no harm', async () => {
    const at = await testBroker();
    const good = await goodDevice(at);
    const attack = fc.asyncProperty(
      fc.array(mutated, { minLength: 10, maxLength: 10 }),
      fc.boolean(),
      async (all, isKnown) => {
        const clients = all.map((bytes, i) => {
          const client = rawMqtt(at.broker.mqttPort);
          if (isKnown) client.send(connectOf(`river-01.${i}`));
          client.write(bytes);
          client.socket.end();
          return client;
        });
        await Promise.all(clients.map((client) => client.closed()));
      },
    );
    await fc.assert(attack, { numRuns: 25 });
    await good.served();
  });

  test('two hundred connections with wrong secrets are refused, each with code 4', async () => {
    const at = await testBroker();
    const good = await goodDevice(at);
    const clients = Array.from({ length: 200 }, (_, i) => {
      const client = rawMqtt(at.broker.mqttPort);
      client.send(connectOf('river-01', `wrong ${i}`));
      return client;
    });
    for (const client of clients) {
      expect((await client.expect('connack'))[0]).toMatchObject({ returnCode: 4 });
      await client.closed();
    }
    await good.served();
  });

  test('connections that send nothing, or a byte now and then, are closed when their time to connect is over', async () => {
    const at = await testBroker({ connectTimeout: '1s' });
    const good = await goodDevice(at);
    const bytes = generate(connectOf('river-01'));
    const slow: RawMqtt[] = Array.from({ length: 100 }, () => rawMqtt(at.broker.mqttPort));
    let next = 0;
    await eventually(() => {
      for (const [i, client] of slow.entries())
        if (i % 2 === 0) client.write(bytes.subarray(next % 20, (next % 20) + 1));
      next = Math.min(next + 1, 20);
      expect(slow.filter((client) => !client.isClosed())).toHaveLength(0);
    });
    expect(at.log.lines.some(({ fields }) => fields['reason'] === 'connect-timeout')).toBe(true);
    await good.served();
  });

  test('a subscriber that never reads is disconnected, and delays no other', async () => {
    const at = await testBroker({ drainTimeout: '1s', access: 'open' });
    const good = await goodDevice(at);
    const deaf = await at.raw('deaf');
    deaf.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'bulk/#', qos: 0 }] });
    await deaf.expect('suback');
    deaf.socket.pause();
    const sender = await at.client('sender');
    const payload = Buffer.alloc(256 * 1_024);
    await eventually(async () => {
      await sender.publishAsync('bulk/x', payload, { qos: 1 });
      expect(at.log.lines.some(({ fields }) => fields['reason'] === 'drain-timeout')).toBe(true);
    });
    await good.served();
  });
});

test('wills and retained messages as large as they may be, of many clients, stay within their bounds', async () => {
  const at = await testBroker({ access: 'open', limits: { retainedBytes: '256KiB' } });
  const good = await goodDevice(at);
  const bombs = Array.from({ length: 40 }, async (_, i) => {
    const client = rawMqtt(at.broker.mqttPort);
    const will = { topic: `bomb/${i}`, payload: 'x'.repeat(4_000), retain: true };
    client.send(connectPacket({ clientId: `bomb-${i}`, will }));
    await client.expect('connack');
    for (let n = 1; n <= 5; n += 1)
      client.send(publishPacket(`bomb/${i}/${n}`, 'x'.repeat(4_000), { qos: 1, messageId: n, retain: true }));
    await client.expect('puback', 5);
    client.socket.destroy();
  });
  await Promise.all(bombs);
  const listener = await at.client('listener');
  let bytes = 0;
  listener.on('message', (_topic, payload, { retain }) => (bytes += retain ? payload.length : 0));
  await listener.subscribeAsync('bomb/#');
  await eventually(() => expect(bytes).toBeGreaterThan(200_000));
  await good.served();
  expect(bytes).toBeLessThan(256 * 1_024);
  expect(at.log.lines.some(({ fields }) => fields['limit'] === 'retained')).toBe(true);
});
