import { type WriteBehind } from './write-behind.ts';
import { matchesLevels } from '#broker/mqtt/filter.ts';
import type { OutgoingPacket } from './outgoing.ts';
import { encodePacket, retainedKey } from './records.ts';

/** What may be kept: of every device its status and config, and the alerts. */
export interface RetainedBounds {
  readonly retainedMessages: number;
  /** Topics and payloads together. */
  readonly retainedBytes: number;
}

const bytesOf = (topic: string, { payload = '' }: OutgoingPacket): number =>
  Buffer.byteLength(topic) + Buffer.byteLength(payload);

const isWild = (filter: string): boolean => filter.includes('+') || filter.includes('#');

/** The retained message of every topic. Most are asked for by a topic without wildcards, which takes one look. */
export class Retained {
  readonly #packets = new Map<string, OutgoingPacket>();
  readonly #mirror: () => WriteBehind;
  readonly #bounds: RetainedBounds;
  readonly #tellerOf: (topic: string) => string | undefined;
  /** The topic under which each one tells its state. */
  readonly #told = new Map<string, string>();
  #bytes = 0;

  /** @param tellerOf whose state a topic tells, one topic each; asked once when a message is first kept under it */
  constructor(mirror: () => WriteBehind, bounds: RetainedBounds, tellerOf: (topic: string) => string | undefined) {
    this.#mirror = mirror;
    this.#bounds = bounds;
    this.#tellerOf = tellerOf;
  }

  /** Of topics and payloads. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#packets.size;
  }

  all(): Iterable<readonly [topic: string, packet: OutgoingPacket]> {
    return this.#packets;
  }

  /** Topics that tell the state of those that the rule names. */
  toldBy(isAsked: (teller: string) => boolean): readonly string[] {
    const topics: string[] = [];
    for (const [teller, topic] of this.#told) if (isAsked(teller)) topics.push(topic);
    return topics;
  }

  restore(topic: string, packet: OutgoingPacket): void {
    this.#set(topic, packet);
  }

  /** An empty payload takes the topic's message away. False when there is no room: an older message of the topic then stays. */
  store(topic: string, packet: OutgoingPacket): boolean {
    if ((packet.payload ?? '').length === 0) {
      this.#bytes -= this.#bytesAt(topic);
      const teller = this.#packets.delete(topic) ? this.#tellerOf(topic) : undefined;
      if (teller !== undefined) this.#told.delete(teller);
      this.#mirror().remove(retainedKey(topic));
      return true;
    }
    const { retainedMessages, retainedBytes } = this.#bounds;
    if (!this.#packets.has(topic) && this.#packets.size >= retainedMessages) return false;
    if (this.#bytes - this.#bytesAt(topic) + bytesOf(topic, packet) > retainedBytes) return false;
    const kept = { ...packet };
    this.#set(topic, kept);
    this.#mirror().put(retainedKey(topic), () => encodePacket(kept));
    return true;
  }

  #set(topic: string, packet: OutgoingPacket): void {
    this.#bytes += bytesOf(topic, packet) - this.#bytesAt(topic);
    const teller = this.#packets.has(topic) ? undefined : this.#tellerOf(topic);
    if (teller !== undefined) this.#told.set(teller, topic);
    this.#packets.set(topic, packet);
  }

  #bytesAt(topic: string): number {
    const packet = this.#packets.get(topic);
    return packet === undefined ? 0 : bytesOf(topic, packet);
  }

  *matching(filters: readonly string[]): Generator<OutgoingPacket> {
    for (const filter of filters) {
      const exact = isWild(filter) ? undefined : this.#packets.get(filter);
      if (exact !== undefined) yield exact;
      if (!isWild(filter)) continue;
      const levels = filter.split('/');
      for (const [topic, packet] of this.#packets) if (matchesLevels(levels, topic.split('/'))) yield packet;
    }
  }
}
