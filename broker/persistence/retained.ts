import { type Mirror } from './mirror.ts';
import type { Outgoing } from './outgoing.ts';
import { encodePacket, retainedKey } from './records.ts';

/** Topics that a retained message may be kept for: every device's status and config, and the alerts. */
const TOPICS = 100_000;

const isWild = (filter: string): boolean => filter.includes('+') || filter.includes('#');

/** Does a filter match a topic (MQTT 3.1.1 section 4.7)? */
export const matches = (filter: readonly string[], topic: readonly string[]): boolean => {
  // [MQTT-4.7.2-1]
  if (topic[0]?.startsWith('$') === true && (filter[0] === '#' || filter[0] === '+')) return false;
  for (const [i, level] of filter.entries()) {
    if (level === '#') return true;
    if (i >= topic.length || (level !== '+' && level !== topic[i])) return false;
  }
  return filter.length === topic.length;
};

/** The retained message of every topic. Most are asked for by a topic without wildcards, which takes one look. */
export class Retained {
  readonly #packets = new Map<string, Outgoing>();
  readonly #mirror: () => Mirror;

  constructor(mirror: () => Mirror) {
    this.#mirror = mirror;
  }

  get size(): number {
    return this.#packets.size;
  }

  all(): Iterable<readonly [topic: string, packet: Outgoing]> {
    return this.#packets;
  }

  restore(topic: string, packet: Outgoing): void {
    this.#packets.set(topic, packet);
  }

  /** An empty payload takes the topic's message away. False when there is no room for another topic. */
  store(topic: string, packet: Outgoing): boolean {
    if ((packet.payload ?? '').length === 0) {
      this.#packets.delete(topic);
      this.#mirror().remove(retainedKey(topic));
      return true;
    }
    if (!this.#packets.has(topic) && this.#packets.size >= TOPICS) return false;
    const kept = { ...packet };
    this.#packets.set(topic, kept);
    this.#mirror().put(retainedKey(topic), () => encodePacket(kept));
    return true;
  }

  *matching(filters: readonly string[]): Generator<Outgoing> {
    for (const filter of filters) {
      const exact = isWild(filter) ? undefined : this.#packets.get(filter);
      if (exact !== undefined) yield exact;
      if (!isWild(filter)) continue;
      const levels = filter.split('/');
      for (const [topic, packet] of this.#packets) if (matches(levels, topic.split('/'))) yield packet;
    }
  }
}
