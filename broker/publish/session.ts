import type { Client, ConnectPacket } from 'aedes';
import { maySubscribe, type PublishRight, publishRight } from '#broker/auth/authorize-publish.ts';
import type { ClientCertificate } from '#broker/auth/certificate.ts';
import { type Directory, type ClientIdentity, nameOf, ownerName } from '#broker/auth/identity.ts';
import type { Sender } from '#broker/metrics/refusals.ts';
import type { LimitSettings } from '#broker/net/limit-settings.ts';
import { type Duration, seconds } from '#model/base/duration.ts';

/** What becomes of a filter that a connection asks for. */
export type FilterAnswer = 'granted' | 'refused' | 'too-many';

/** What a connection shows before its CONNECT. */
export interface ArrivedPacket {
  readonly address: string | undefined;
  /** Verified in the handshake. */
  readonly certificate: ClientCertificate | undefined;
  /** When something was last read of it, of a monotonic clock. */
  readonly heardAt: () => number;
}

interface SessionOrigin {
  readonly certificate: ClientCertificate | undefined;
  readonly directory: Directory;
  /** Filters that it may hold at a time. */
  readonly filters: number;
}

/** One connection from its CONNECT on. */
export class ClientSession {
  /** Unique within this run of the broker, from 1. */
  readonly connection: number;
  /** As the client gave it; may be empty. */
  readonly clientId: string;
  readonly isClean: boolean;
  readonly will: ConnectPacket['will'];
  /** None is 0. */
  readonly keepalive: Duration;
  readonly certificate: ClientCertificate | undefined;
  readonly #directory: Directory;
  readonly #most: number;
  readonly #filters = new Set<string>();
  #identity: ClientIdentity | undefined;
  #topic: string | undefined;
  #right: PublishRight | undefined;

  constructor(connection: number, packet: ConnectPacket, from: SessionOrigin) {
    this.connection = connection;
    this.certificate = from.certificate;
    this.#directory = from.directory;
    this.#most = from.filters;
    this.clientId = packet.clientId;
    this.isClean = packet.clean ?? true;
    this.will = packet.will;
    this.keepalive = seconds(packet.keepalive ?? 0);
  }

  /** Known once the CONNECT was accepted. */
  get identity(): ClientIdentity | undefined {
    return this.#identity;
  }

  authenticated(identity: ClientIdentity): void {
    this.#identity = identity;
  }

  /**
   * A device publishes to one topic nearly always, so the last answer is kept. A gateway has many, and whom it speaks
   * for may change while it is connected.
   */
  rightTo(topic: string): PublishRight | undefined {
    if (this.#identity?.role === 'gateway') return publishRight(this.#identity, topic, this.#directory);
    if (topic === this.#topic) return this.#right;
    this.#right = this.#identity === undefined ? undefined : publishRight(this.#identity, topic, this.#directory);
    this.#topic = topic;
    return this.#right;
  }

  /** May it be sent a message of this topic? */
  mayHear(topic: string): boolean {
    return this.#identity !== undefined && maySubscribe(this.#identity, topic, this.#directory);
  }

  /** May it hold a subscription to this filter? Takes note of it, so that there are never too many. */
  hold(filter: string): FilterAnswer {
    if (this.#identity === undefined || !maySubscribe(this.#identity, filter, this.#directory)) return 'refused';
    if (this.#identity.role === 'anyone' || this.#filters.has(filter)) return 'granted';
    if (this.#filters.size >= this.#most) return 'too-many';
    this.#filters.add(filter);
    return 'granted';
  }

  unsubscribed(filter: string): void {
    this.#filters.delete(filter);
  }
}

type SessionLimits = Pick<LimitSettings, 'filtersPerConnection' | 'connectionsPerIdentity'>;

/** The sessions of this broker run. */
export class Sessions {
  readonly #directory: Directory;
  readonly #bounds: SessionLimits;
  readonly #arrivals = new WeakMap<object, ArrivedPacket>();
  readonly #sessions = new WeakMap<Client, ClientSession>();
  /** With what is to be done when each has gone. */
  readonly #connected = new Map<Client, () => void>();
  /** The same by whose they are. */
  readonly #byOwner = new Map<string, Set<Client>>();
  #connections = 0;

  constructor(directory: Directory, bounds: SessionLimits) {
    this.#directory = directory;
    this.#bounds = bounds;
  }

  /** Takes note of what is known of a connection before its CONNECT. */
  arrived(connection: object, arrival: ArrivedPacket): void {
    this.#arrivals.set(connection, arrival);
  }

  /** Who a client is and where it came from, with or without a CONNECT; for the log. */
  who(client: Client): Sender {
    const identity = this.of(client)?.identity;
    const device = identity === undefined ? undefined : nameOf(identity);
    const address = this.#arrivals.get(client.conn)?.address;
    return { address, client: client.id, ...(device === undefined ? {} : { device }) };
  }

  open(client: Client, packet: ConnectPacket): void {
    this.#connections += 1;
    const from = {
      certificate: this.#arrivals.get(client.conn)?.certificate,
      directory: this.#directory,
      filters: this.#bounds.filtersPerConnection,
    };
    this.#sessions.set(client, new ClientSession(this.#connections, packet, from));
  }

  of(client: Client): ClientSession | undefined {
    return this.#sessions.get(client);
  }

  /** Counts a client in from its registration until nothing more of it is served. */
  connected(client: Client, onGone: () => void): void {
    this.#connected.set(client, onGone);
    const owner = ownerName(this.of(client)?.identity);
    if (owner !== '') this.#byOwner.set(owner, (this.#byOwner.get(owner) ?? new Set()).add(client));
  }

  /**
   * Of the connections of a client's identity the one that has said nothing for longest, where there are too many of
   * them. It may have gone without a word, while the new one is there. The one whose client id is taken over goes anyway.
   */
  excess(client: Client): Client | undefined {
    const owner = ownerName(this.of(client)?.identity);
    const others = [...(this.#byOwner.get(owner) ?? [])].filter(({ id }) => id !== client.id);
    if (others.length < this.#bounds.connectionsPerIdentity) return undefined;
    const heardAt = ({ conn }: Client): number => this.#arrivals.get(conn)?.heardAt() ?? 0;
    return others.reduce((silent, other) => (heardAt(other) < heardAt(silent) ? other : silent));
  }

  /** Nothing more of this client is served. */
  closed(client: Client): void {
    const onGone = this.#connected.get(client);
    if (onGone === undefined) return;
    this.#connected.delete(client);
    const owner = ownerName(this.of(client)?.identity);
    const left = this.#byOwner.get(owner);
    left?.delete(client);
    if (left?.size === 0) this.#byOwner.delete(owner);
    onGone();
  }

  get size(): number {
    return this.#connected.size;
  }

  /** Closes every connection whose identity the rule names, and says how many there were. */
  cut(rule: (identity: ClientIdentity) => boolean): number {
    let count = 0;
    for (const client of this.#connected.keys()) {
      const identity = this.of(client)?.identity;
      if (identity === undefined || !rule(identity)) continue;
      count += 1;
      client.close();
    }
    return count;
  }
}
