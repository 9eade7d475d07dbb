import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rawMqtt } from '#test/support/clients/raw-mqtt.ts';
import { answered, connectBytes, dial, frame, openBroker } from './wire.ts';

/** Lengths and texts as packets have them, and bytes as they have not. */
const part = fc.oneof(
  fc.uint8Array({ maxLength: 12 }),
  fc
    .constantFrom('a', 'a/#', '+', '\u0000', '\uFFFD')
    .map((text) => Buffer.concat([Buffer.from([0, text.length]), Buffer.from(text)])),
  fc
    .constantFrom([0, 1], [0, 0], [255, 255], [0], [1], [2], [0, 4, 77, 81, 84, 84, 4])
    .map((bytes) => Buffer.from(bytes)),
);
const packet = fc
  .tuple(fc.integer({ min: 0, max: 255 }), fc.array(part, { maxLength: 5 }))
  .map(([first, parts]) => frame(first, ...parts));
const stream = fc.oneof(
  fc.array(packet, { minLength: 1, maxLength: 6 }).map((packets) => Buffer.concat(packets)),
  fc.uint8Array({ minLength: 1, maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
);

test('whatever bytes a client sends, before its CONNECT or after it, others are served (section 4.8)', async () => {
  const on = await openBroker();
  const witness = await dial(on, 'witness');
  const law = fc.asyncProperty(
    fc.array(stream, { minLength: 8, maxLength: 8 }),
    fc.boolean(),
    async (streams, isConnected) => {
      const clients = streams.map((bytes) => {
        const client = rawMqtt(on.broker.mqttPort);
        client.write(isConnected ? Buffer.concat([connectBytes({ payload: [''] }), bytes]) : bytes);
        client.socket.end();
        return client;
      });
      await answered(witness, { cmd: 'pingreq' }, 'pingresp');
      await Promise.all(clients.map((client) => client.closed()));
    },
  );
  await fc.assert(law, { numRuns: 60 });
  expect(witness.isClosed()).toBe(false);
});
