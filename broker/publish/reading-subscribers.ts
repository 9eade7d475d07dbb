import type { Client } from 'aedes';

/**
 * Clients with subscriptions that may match readings. Devices have none, so most of the time the set is empty, and readings are not
 * routed: ingest reads them from the journal.
 */
export class ReadingSubscribers {
  readonly #filters = new Map<Client, Set<string>>();
  readonly #hasPersistent: () => boolean;

  /** @param hasPersistent tells whether a persistent session has such a subscription */
  constructor(hasPersistent: () => boolean) {
    this.#hasPersistent = hasPersistent;
  }

  subscribed(client: Client, filter: string): void {
    const held = this.#filters.get(client);
    if (held === undefined) this.#filters.set(client, new Set([filter]));
    else held.add(filter);
  }

  /** Called for each unsubscribed filter, also at the end of a clean session. */
  unsubscribed(client: Client, filters: readonly string[]): void {
    const held = this.#filters.get(client);
    for (const filter of filters) held?.delete(filter);
    if (held?.size === 0) this.#filters.delete(client);
  }

  /** Called when a client disconnects: Aedes does not report the filters of a persistent session. */
  disconnected(client: Client): void {
    this.#filters.delete(client);
  }

  get isEmpty(): boolean {
    return this.#filters.size === 0 && !this.#hasPersistent();
  }
}
