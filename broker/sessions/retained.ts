import { type WriteBehind } from './write-behind.ts';
import { matchesLevels } from '#broker/mqtt/filter.ts';
import type { OutgoingPacket } from './outgoing.ts';
import { encodePacket, retainedKey } from './records.ts';

/** Limits of retained messages: status and config of each device, and the alerts. */
export interface RetainedBounds {
  readonly retainedMessages: number;
  /** Topics and payloads together. */
  readonly retainedBytes: number;
}

const bytesOf = (topic: string, { payload = '' }: OutgoingPacket): number =>
  Buffer.byteLength(topic) + Buffer.byteLength(payload);

const isWild = (filter: string): boolean => filter.includes('+') || filter.includes('#');

/** The retained messages by topic. Most subscriptions have no wildcard, so that the message is found directly. */
export class Retained {
  readonly #packets = new Map<string, OutgoingPacket>();
  readonly #writeBehind: () => WriteBehind;
  readonly #bounds: RetainedBounds;
  readonly #statusOwnerOf: (topic: string) => string | undefined;
  /** Status topics by device or gateway. */
  readonly #statusTopics = new Map<string, string>();
  #bytes = 0;

  /** @param statusOwnerOf returns the device or gateway of a status topic, each of which has one status topic */
  constructor(
    writeBehind: () => WriteBehind,
    bounds: RetainedBounds,
    statusOwnerOf: (topic: string) => string | undefined,
  ) {
    this.#writeBehind = writeBehind;
    this.#bounds = bounds;
    this.#statusOwnerOf = statusOwnerOf;
  }

  /** Bytes of topics and payloads. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#packets.size;
  }

  all(): Iterable<readonly [topic: string, packet: OutgoingPacket]> {
    return this.#packets;
  }

  /** Status topics of the matching devices and gateways. */
  statusTopicsOf(matches: (owner: string) => boolean): readonly string[] {
    const topics: string[] = [];
    for (const [owner, topic] of this.#statusTopics) if (matches(owner)) topics.push(topic);
    return topics;
  }

  restore(topic: string, packet: OutgoingPacket): void {
    this.#set(topic, packet);
  }

  /** Stores a message; an empty payload deletes the message of the topic. False without room: an older message of the topic then stays. */
  store(topic: string, packet: OutgoingPacket): boolean {
    if ((packet.payload ?? '').length === 0) {
      this.#bytes -= this.#bytesAt(topic);
      const owner = this.#packets.delete(topic) ? this.#statusOwnerOf(topic) : undefined;
      if (owner !== undefined) this.#statusTopics.delete(owner);
      this.#writeBehind().remove(retainedKey(topic));
      return true;
    }
    const { retainedMessages, retainedBytes } = this.#bounds;
    if (!this.#packets.has(topic) && this.#packets.size >= retainedMessages) return false;
    if (this.#bytes - this.#bytesAt(topic) + bytesOf(topic, packet) > retainedBytes) return false;
    const stored = { ...packet };
    this.#set(topic, stored);
    this.#writeBehind().put(retainedKey(topic), () => encodePacket(stored));
    return true;
  }

  #set(topic: string, packet: OutgoingPacket): void {
    this.#bytes += bytesOf(topic, packet) - this.#bytesAt(topic);
    const owner = this.#packets.has(topic) ? undefined : this.#statusOwnerOf(topic);
    if (owner !== undefined) this.#statusTopics.set(owner, topic);
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
