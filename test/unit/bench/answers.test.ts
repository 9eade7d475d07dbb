import fc from 'fast-check';
import { generate } from 'mqtt-packet';
import { expect, test } from 'vitest';
import { AnswerReader } from '#bench/load/answers.ts';

const packetId = fc.integer({ min: 1, max: 65_535 });
const answer = fc.oneof(
  packetId.map((id) => ({ bytes: generate({ cmd: 'puback', messageId: id }), told: id })),
  fc.constant({ bytes: generate({ cmd: 'pingresp' }), told: undefined }),
  fc.constantFrom(0, 4, 5).map((code) => ({
    bytes: generate({ cmd: 'connack', returnCode: code, sessionPresent: false }),
    told: -code,
  })),
);

test('reads the answers of a broker in any chunks', () => {
  fc.assert(
    fc.property(fc.array(answer), fc.array(fc.nat({ max: 200 })), (answers, cuts) => {
      const told: number[] = [];
      const reader = new AnswerReader({
        connack: (code) => told.push(-code),
        puback: (id) => told.push(id),
      });
      const bytes = Buffer.concat(answers.map((one) => one.bytes));
      const bounds = [0, ...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length];
      bounds.slice(1).forEach((end, i) => {
        const chunk = bytes.subarray(bounds[i], end);
        reader.read(chunk, chunk.length);
      });
      expect(told).toEqual(answers.flatMap((one) => (one.told === undefined ? [] : [one.told])));
    }),
  );
});

test('refuses a packet that was not requested', () => {
  const reader = new AnswerReader({ connack: () => undefined, puback: () => undefined });
  const packet = generate({ cmd: 'suback', messageId: 1, granted: [0] });
  expect(() => reader.read(packet, packet.length)).toThrow('which was not requested');
});
