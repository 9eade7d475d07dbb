import fc from 'fast-check';
import { ENTRY_KINDS, type Packet } from '#model/readings/packet.ts';

/** A packet of readings, the nth of its device. */
export const packetOf = (n: number, change: Partial<Packet> = {}): Packet => ({
  kind: 'readings',
  sender: 'air-01',
  connection: 1,
  topic: 'v1/air-01/readings',
  payload: Buffer.from(`{"values":{"pm2_5":${n}}}`),
  qos: 1,
  dup: false,
  packetId: n % 65_536,
  receivedAt: 1_795_489_200_000 + n,
  ...change,
});

/** A packet or an entry with its payload as hexadecimal text, which is faster to compare than bytes. */
export const readable = <T extends Packet>(packet: T): Omit<T, 'payload'> & { readonly payload: string } => ({
  ...packet,
  payload: Buffer.from(packet.payload).toString('hex'),
});

/** Any packet that the journal may be given, with a payload up to this length. */
export const anyPacket = (maxLength = 300): fc.Arbitrary<Packet> =>
  fc.record({
    kind: fc.constantFrom(...ENTRY_KINDS),
    sender: fc.oneof(fc.constantFrom('air-01', 'river-02'), fc.string({ unit: 'grapheme', maxLength: 20 })),
    connection: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    topic: fc.string({ unit: 'grapheme', maxLength: 40 }),
    payload: fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes)),
    qos: fc.constantFrom(0 as const, 1 as const, 2 as const),
    dup: fc.boolean(),
    packetId: fc.integer({ min: 0, max: 65_535 }),
    receivedAt: fc.integer({ min: 1_795_489_200_000, max: 1_795_489_200_000 + 4 * 3_600_000 }),
  });
