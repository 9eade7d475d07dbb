import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { parser } from 'mqtt-packet';
import { eventually } from '#test/support/eventually.ts';
import { publishPacket } from '#test/support/clients/raw-mqtt.ts';
import { bytesOf, connectBytes, openBroker } from './wire.ts';

const open = async () => {
  const { broker } = await openBroker();
  const socket = new WebSocket(`ws://127.0.0.1:${broker.wsPort}/mqtt`, ['mqtt']);
  onTestFinished(() => socket.terminate());
  const received: string[] = [];
  const incoming = parser();
  incoming.on('packet', ({ cmd }) => received.push(cmd));
  const frames: boolean[] = [];
  socket.on('message', (data: Buffer, isBinary) => {
    frames.push(isBinary);
    incoming.parse(data);
  });
  socket.on('error', () => undefined);
  await eventually(() => expect(socket.readyState).toBe(WebSocket.OPEN));
  return { socket, received, frames };
};

const subscribeAndPublish = (): Buffer =>
  Buffer.concat([
    bytesOf({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'a', qos: 0 }] }),
    bytesOf(publishPacket('a', 'x')),
  ]);

describe('MQTT over WebSocket', () => {
  test('takes packets that are cut into frames anywhere, and many in one frame [MQTT-6.0.0-2]', async () => {
    const { socket, received } = await open();
    for (const byte of connectBytes()) socket.send(Buffer.from([byte]));
    socket.send(subscribeAndPublish());
    await eventually(() => expect(received).toEqual(['connack', 'suback', 'publish']));
  });

  test('answers in binary frames, and by the subprotocol mqtt [MQTT-6.0.0-1] [MQTT-6.0.0-3] [MQTT-6.0.0-4]', async () => {
    const { socket, frames } = await open();
    expect(socket.protocol).toBe('mqtt');
    socket.send(connectBytes());
    await eventually(() => expect([...new Set(frames)]).toEqual([true]));
  });

  test('is closed by a text frame [MQTT-6.0.0-1]', async () => {
    const { socket, received } = await open();
    socket.send(connectBytes().toString('latin1'), { binary: false });
    await eventually(() => expect(socket.readyState).toBe(WebSocket.CLOSED));
    expect(received).toEqual([]);
  });
});
