import { minutes } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';
import { readConnected } from '#model/readings/connected.ts';
import type { Entry } from '#model/readings/packet.ts';

const WINDOW = minutes(10);
/** Takeovers within the window from which on two boxes are the likely cause. */
const LEAST = 5;

/** Connections of one sender. */
interface SenderConnections {
  /** Connection by client id, of those that are not known to have ended. */
  readonly open: Map<string, number>;
  /** Times of its newest takeovers. */
  readonly times: Instant[];
}

/**
 * Counts how often a connection takes the client id of another one that is still open. The counts begin anew with each start of the
 * process.
 */
export class Takeovers {
  readonly #senders = new Map<string, SenderConnections>();
  readonly #startedAt: Instant;

  constructor(startedAt: Instant) {
    this.#startedAt = startedAt;
  }

  /** Adds the connections in a run of entries. */
  note(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.kind === 'connected') this.#connected(entry);
      else if (entry.kind === 'disconnected') this.#disconnected(entry);
      else if (entry.kind === 'broker-started') for (const { open } of this.#senders.values()) open.clear();
    }
  }

  /** Number of takeovers in the last ten minutes; undefined for fewer than five. */
  of(sender: string, now: Instant): number | undefined {
    const count = this.#senders.get(sender)?.times.filter((at) => Math.abs(now - at) < WINDOW.ms).length ?? 0;
    return count < LEAST ? undefined : count;
  }

  /** Senders with connections since the start. */
  senders(): Iterable<string> {
    return this.#senders.keys();
  }

  /** False while too little time has passed since the start. */
  isKnown(now: Instant): boolean {
    return now - this.#startedAt >= WINDOW.ms;
  }

  #connected({ sender, payload, connection, receivedAt }: Entry): void {
    let own = this.#senders.get(sender);
    if (own === undefined) this.#senders.set(sender, (own = { open: new Map(), times: [] }));
    const { clientId } = readConnected(payload);
    if (own.open.has(clientId)) own.times.push(receivedAt);
    if (own.times.length > LEAST * 20) own.times.shift();
    own.open.set(clientId, connection);
  }

  #disconnected({ sender, connection }: Entry): void {
    const open = this.#senders.get(sender)?.open;
    for (const [clientId, current] of open ?? []) if (current === connection) open?.delete(clientId);
  }
}
