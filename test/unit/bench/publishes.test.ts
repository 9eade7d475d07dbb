import fc from 'fast-check';
import { parser, type IPublishPacket, type Packet } from 'mqtt-packet';
import { describe, expect, test } from 'vitest';
import { BacklogPublishes, countBacklog } from '#bench/load/backlog.ts';
import { LivePublishes, PAYLOAD_BYTES, type Publishes, VALUES_PER_MESSAGE } from '#bench/load/publishes.ts';
import { json } from '#model/codecs/json.ts';
import { air } from '#model/families/air.ts';
import type { Observation } from '#model/readings/message.ts';

const AT = Date.UTC(2026, 10, 24, 3, 0, 0);

/** A slot, read by another parser. */
const parse = (publishes: Publishes, slot: number): IPublishPacket => {
  const packets: IPublishPacket[] = [];
  const incoming = parser();
  incoming.on('packet', (packet: Packet) => {
    if (packet.cmd === 'publish') packets.push(packet);
  });
  incoming.parse(publishes.bytes.subarray(publishes.startOf(slot), publishes.startOf(slot + 1)));
  const [only] = packets;
  if (only === undefined || packets.length > 1) throw new Error(`${packets.length} packets in one slot`);
  return only;
};

const observationsIn = ({ payload }: IPublishPacket): readonly Observation[] => {
  const { observations, refused } = json.decode(Buffer.from(payload));
  expect(refused).toEqual([]);
  return observations;
};

describe('live publishes', () => {
  test('are complete packets with the slot as packet id after any changes', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2_000_000_000 }), fc.array(fc.nat({ max: 2 }), { maxLength: 20 }), (ahead, order) => {
        const publishes = new LivePublishes('bench-7', 3, AT + ahead);
        for (const slot of order) {
          const at = publishes.prepare(slot);
          const packet = parse(publishes, slot);
          expect(packet).toMatchObject({ topic: 'v1/bench-7/readings', qos: 1, messageId: slot + 1, dup: false });
          expect(observationsIn(packet)[0]?.time).toBe(at);
        }
      }),
    );
  });

  test('have five values of the air family within the usual range', () => {
    const publishes = new LivePublishes('bench-7', 2, AT);
    for (let i = 0; i < 200; i += 1) {
      publishes.prepare(i % 2);
      const values = observationsIn(parse(publishes, i % 2))[0]?.values ?? new Map<string, number>();
      expect(values.size).toBe(VALUES_PER_MESSAGE);
      for (const [name, value] of values) {
        const [low, high] = new Map(Object.entries(air.properties)).get(name)?.range ?? [];
        expect(value, name).toBeGreaterThanOrEqual(low ?? Number.POSITIVE_INFINITY);
        expect(value, name).toBeLessThanOrEqual(high ?? Number.NEGATIVE_INFINITY);
      }
    }
  });

  test('have unique times over seconds and minutes, and none before the given one', () => {
    const publishes = new LivePublishes('bench-7', 4, AT - 2);
    const times = Array.from({ length: 2_500 }, (_, i) => publishes.prepare(i % 4));
    expect(times).toEqual(times.map((_, i) => AT - 2 + i));
    publishes.advance(AT);
    expect(publishes.next).toBe(AT + 2_498);
    publishes.advance(AT + 60_000);
    expect(publishes.prepare(0)).toBe(AT + 60_000);
  });

  test('are about 150 bytes long', () => {
    expect(PAYLOAD_BYTES).toBeGreaterThan(130);
    expect(PAYLOAD_BYTES).toBeLessThan(160);
  });
});

describe('a backlog', () => {
  const plan = { until: AT, minutes: 2_880, duplicates: 0.05, revised: 0.01 };
  const publishes = new BacklogPublishes('bench-7', 1, plan);
  const packets = Array.from({ length: publishes.slots }, (_, slot) => parse(publishes, slot));
  const observations = packets.flatMap(observationsIn);
  const textOf = ({ values }: Observation): string => JSON.stringify([...values]);
  const byTime = Map.groupBy(observations, ({ time }) => time);

  test('fills arrays of 1,000 readings, with the packet ids of its slots', () => {
    expect(packets.map((packet) => observationsIn(packet).length)).toEqual([1_000, 1_000, 1_000, 53]);
    expect(packets.map(({ messageId }) => messageId)).toEqual([1, 2, 3, 4]);
  });

  test('has each minute, and the declared number of duplicates and corrections', () => {
    const twice = [...byTime.values()].filter(({ length }) => length === 2);
    const same = twice.filter(([a, b]) => a !== undefined && b !== undefined && textOf(a) === textOf(b));
    expect(byTime.size).toBe(2_880);
    expect(countBacklog(plan)).toEqual({
      observations: observations.length,
      duplicates: same.length,
      revised: twice.length - same.length,
    });
  });

  test('has a random order', () => {
    const times = observations.map(({ time }) => time ?? 0);
    const ascending = times.filter((time, i) => time > (times[i - 1] ?? 0)).length;
    expect(ascending / times.length).toBeGreaterThan(0.4);
    expect(ascending / times.length).toBeLessThan(0.6);
  });
});
