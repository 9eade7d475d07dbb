import { generate } from 'mqtt-packet';
import { type Instant, formatInstant } from '#model/base/instant.ts';

/**
 * The publishes of one client: encoded packets in one buffer, the packet in slot `n` with packet id `n + 1`. A slot is reused after its
 * PUBACK, when its bytes are no longer read.
 */
export interface Publishes {
  readonly slots: number;
  readonly bytes: Buffer;
  /** Start of a slot; for `slots` itself, the end of the last slot. */
  startOf(slot: number): number;
  /** Prepares the packet in a slot as the next one, and returns its observed-at. */
  prepare(slot: number): Instant;
  /** Observed-at of the next message. */
  readonly next: Instant;
  /** Sets the earliest observed-at of further messages. */
  advance(to: Instant): void;
}

/** The time in the payload: whole seconds in the first 20 characters, then three digits of milliseconds. */
const TIME = '2026-01-01T00:00:00.000Z';
const SECOND_LENGTH = 20;
const VALUES = ['pm2_5', 'pm10', 'temperature', 'relative_humidity', 'battery_voltage'] as const;
export const VALUES_PER_MESSAGE = VALUES.length;
/** Plausible values with the flag good; their two decimals change with each message. */
const PAYLOAD = `{"time":"${TIME}","values":{"pm2_5":38.00,"pm10":61.00,"temperature":27.00,"relative_humidity":81.00,"battery_voltage":3.00}}`;
export const PAYLOAD_BYTES = PAYLOAD.length;
const ZERO = 0x30;

export const encodePublish = (device: string, payload: string | Buffer, packetId: number): Buffer =>
  generate({
    cmd: 'publish',
    topic: `v1/${device}/readings`,
    payload,
    qos: 1,
    dup: false,
    retain: false,
    messageId: packetId,
  });

const decimalsAt = (packet: Buffer): readonly number[] =>
  VALUES.map((name) => packet.indexOf('.', packet.indexOf(`"${name}":`)) + 1);

/**
 * An endless series of publishes with one reading of five values each. The packets are encoded once; time and decimals are then
 * changed in place. Times differ by one millisecond, so that no reading is a duplicate.
 */
export class LivePublishes implements Publishes {
  readonly slots: number;
  readonly bytes: Buffer;
  readonly #size: number;
  readonly #timeAt: number;
  readonly #decimalsAt: readonly number[];
  readonly #second = Buffer.alloc(SECOND_LENGTH);
  #secondOf: Instant = -1;
  #next: Instant;
  #random: number;

  /** @param from observed-at of the first message */
  constructor(device: string, slots: number, from: Instant) {
    const packets = Array.from({ length: slots }, (_, slot) => encodePublish(device, PAYLOAD, slot + 1));
    const packet = packets[0] ?? Buffer.alloc(0);
    this.slots = slots;
    this.bytes = Buffer.concat(packets);
    this.#size = packet.length;
    this.#timeAt = packet.indexOf(TIME);
    this.#decimalsAt = decimalsAt(packet);
    this.#next = from;
    this.#random = packet.reduce((sum, byte) => (Math.imul(sum, 31) + byte) >>> 0, 1);
  }

  get next(): Instant {
    return this.#next;
  }

  advance(to: Instant): void {
    if (to > this.#next) this.#next = to;
  }

  startOf(slot: number): number {
    return slot * this.#size;
  }

  prepare(slot: number): Instant {
    const at = this.#next;
    this.#next += 1;
    const start = slot * this.#size;
    this.#writeTime(start + this.#timeAt, at);
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0;
    let bits = this.#random;
    for (const offset of this.#decimalsAt) {
      const value = bits & 63;
      bits >>>= 6;
      this.bytes[start + offset] = ZERO + Math.trunc(value / 10);
      this.bytes[start + offset + 1] = ZERO + (value % 10);
    }
    return at;
  }

  #writeTime(offset: number, at: Instant): void {
    const millisecond = at % 1_000;
    if (at - millisecond !== this.#secondOf) {
      this.#secondOf = at - millisecond;
      this.#second.write(formatInstant(this.#secondOf), 'latin1');
    }
    this.#second.copy(this.bytes, offset);
    this.bytes[offset + SECOND_LENGTH] = ZERO + Math.trunc(millisecond / 100);
    this.bytes[offset + SECOND_LENGTH + 1] = ZERO + (Math.trunc(millisecond / 10) % 10);
    this.bytes[offset + SECOND_LENGTH + 2] = ZERO + (millisecond % 10);
  }
}
