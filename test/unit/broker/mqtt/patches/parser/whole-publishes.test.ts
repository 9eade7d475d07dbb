import fc from 'fast-check';
import { type Packet, generate, parser as createParser } from 'mqtt-packet';
import { expect, test } from 'vitest';
import type { Parser } from '#broker/mqtt/patches/internals.ts';
import { malformation, type ParsedPacket } from '#broker/mqtt/patches/parser/malformed.ts';
import { checkStrings } from '#broker/mqtt/patches/parser/strings.ts';
import { readWholePublishes } from '#broker/mqtt/patches/parser/whole-publishes.ts';

type AnyPacket = Readonly<Record<string, unknown>>;

interface Read {
  readonly packets: readonly AnyPacket[];
  readonly error: string | undefined;
  /** Packets that did not pass through the parser. */
  readonly direct: number;
}

/** The parser gives every packet a length; its types do not say so. */
const isParsed = (packet: AnyPacket): packet is AnyPacket & ParsedPacket => typeof packet['length'] === 'number';

const malformationOf = (packet: AnyPacket): string | undefined => {
  if (!isParsed(packet)) throw new Error('a packet without a length');
  return malformation(packet);
};

const isParser = (value: object): value is Parser & { parse(chunk: Buffer): number } => '_parseString' in value;

/** What a connection sees in chunks: through the parser alone, or with the direct reading. */
const readChunks = (chunks: readonly Buffer[], isDirect: boolean): Read => {
  const parser: object = createParser();
  if (!isParser(parser)) throw new Error('not the parser of mqtt-packet 9');
  checkStrings(parser);
  const packets: AnyPacket[] = [];
  let error: string | undefined;
  let direct = 0;
  /** A malformed packet ends the connection: the members that it lacks may be read from the next one. */
  const receive = (packet: AnyPacket): void => {
    if (error !== undefined) return;
    error = malformationOf(packet);
    if (error === undefined) packets.push({ ...packet });
  };
  parser.on('packet', receive);
  parser.on('error', ({ message }: Error) => {
    error ??= message;
  });
  if (isDirect) {
    readWholePublishes(parser, {
      isOver: () => error !== undefined,
      take: (packet) => {
        direct += 1;
        receive({ ...packet });
      },
    });
  }
  for (const chunk of chunks) if (error === undefined) parser.parse(chunk);
  return { packets, error, direct };
};

/** The members that the broker reads, and whether the connection ends: the reason may be seen at another place of the same packet. */
const members = ({ packets, error }: Read) => ({
  isClosed: error !== undefined,
  packets: packets.map(({ cmd, topic, payload, messageId, qos, dup, retain, length }) => ({
    cmd,
    topic,
    payload: payload instanceof Uint8Array ? Buffer.from(payload).toString('hex') : payload,
    messageId,
    qos,
    dup,
    retain,
    length,
  })),
});

const publish = fc
  .record({
    topic: fc.oneof(fc.constant('v1/air-1/readings'), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })),
    payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    qos: fc.constantFrom(0, 1, 1, 1, 2),
    dup: fc.boolean(),
    retain: fc.boolean(),
    messageId: fc.integer({ min: 1, max: 65_535 }),
  })
  .map(({ dup, ...rest }): Packet => ({ cmd: 'publish', ...rest, dup: dup && rest.qos > 0 }));

const other: fc.Arbitrary<Packet> = fc.constantFrom<Packet>(
  { cmd: 'pingreq' },
  { cmd: 'puback', messageId: 7 },
  { cmd: 'subscribe', messageId: 9, subscriptions: [{ topic: 'a/b', qos: 1 }] },
  { cmd: 'disconnect' },
);

const stream = fc
  .array(fc.oneof({ weight: 5, arbitrary: publish }, { weight: 1, arbitrary: other }), { minLength: 1, maxLength: 12 })
  .map((packets) => Buffer.concat(packets.map((packet) => generate(packet))));

const cut = (bytes: Buffer, at: readonly number[]): readonly Buffer[] => {
  const ends = [...new Set(at.map((each) => each % (bytes.length + 1)))].toSorted((a, b) => a - b);
  return [...ends, bytes.length]
    .map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end))
    .filter(({ length }) => length > 0);
};

const cuts = fc.array(fc.nat(), { maxLength: 20 });

test('the same packets are read in the same order, however the bytes are cut', () => {
  fc.assert(
    fc.property(stream, cuts, (bytes, at) => {
      const chunks = cut(bytes, at);
      expect(members(readChunks(chunks, true))).toEqual(members(readChunks(chunks, false)));
    }),
    { numRuns: 400 },
  );
});

test('damaged bytes give the same packets, and close the connection alike', () => {
  fc.assert(
    fc.property(
      stream,
      cuts,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      (bytes, at, damage) => {
        const damaged = Buffer.from(bytes);
        for (const [place, byte] of damage) damaged[place % damaged.length] = byte;
        const chunks = cut(damaged, at);
        expect(members(readChunks(chunks, true))).toEqual(members(readChunks(chunks, false)));
      },
    ),
    { numRuns: 800 },
  );
});

test('whole publishes do not pass through the parser, also behind a packet that came in two chunks', () => {
  const one = (messageId: number): Buffer =>
    generate({ cmd: 'publish', topic: 'v1/a/readings', payload: '{}', qos: 1, dup: false, retain: false, messageId });
  const bytes = Buffer.concat([1, 2, 3, 4].map(one));
  const { packets, direct } = readChunks(cut(bytes, [one(1).length + 9]), true);
  expect(packets.map(({ messageId }) => messageId)).toEqual([1, 2, 3, 4]);
  expect(direct).toBe(3);
});
