import type { Client } from 'aedes';

/**
 * Who may be listening to readings. Devices never are, so most of the time nobody is, and a reading need not be routed
 * at all: ingest takes it from the journal.
 */
export class ReadingSubscribers {
  readonly #filters = new Map<Client, Set<string>>();
  readonly #hasKept: () => boolean;

  /** @param hasKept is a session kept that readings have to wait for? */
  constructor(hasKept: () => boolean) {
    this.#hasKept = hasKept;
  }

  joined(client: Client, filter: string): void {
    const held = this.#filters.get(client);
    if (held === undefined) this.#filters.set(client, new Set([filter]));
    else held.add(filter);
  }

  /** Aedes tells of every filter that is given up, also when a clean session ends. */
  left(client: Client, filters: readonly string[]): void {
    const held = this.#filters.get(client);
    for (const filter of filters) held?.delete(filter);
    if (held?.size === 0) this.#filters.delete(client);
  }

  /** Of filters that a kept session still has when its client leaves, Aedes tells nothing. */
  gone(client: Client): void {
    this.#filters.delete(client);
  }

  get isEmpty(): boolean {
    return this.#filters.size === 0 && !this.#hasKept();
  }
}
