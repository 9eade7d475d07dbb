import type { Client, ConnectPacket } from 'aedes';
import { maySubscribe, type PublishRight, publishRight } from '#broker/auth/authorize-publish.ts';
import type { ClientCertificate } from '#broker/auth/certificate.ts';
import { type Directory, type ClientIdentity, nameOf, ownerName } from '#broker/auth/identity.ts';
import type { ClientFacts } from '#broker/metrics/noted-refusals.ts';
import type { LimitSettings } from '#broker/net/limit-settings.ts';
import { type Duration, seconds } from '#model/base/duration.ts';

/** Result of a request for a filter. */
export type FilterAnswer = 'granted' | 'refused' | 'too-many';

/** Data of a connection before its CONNECT. */
export interface ConnectionInfo {
  readonly address: string | undefined;
  /** Verified in the handshake. */
  readonly certificate: ClientCertificate | undefined;
  /** Time of the last read, on the monotonic clock. */
  readonly lastReadAt: () => number;
}

interface SessionOrigin {
  readonly certificate: ClientCertificate | undefined;
  readonly directory: Directory;
  /** Largest number of filters. */
  readonly filters: number;
}

/** One connection after its CONNECT. */
export class ClientSession {
  /** Unique within this run of the broker, from 1. */
  readonly connection: number;
  /** Client id of the CONNECT; may be empty. */
  readonly clientId: string;
  readonly isClean: boolean;
  readonly will: ConnectPacket['will'];
  /** 0 means none. */
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

  /** Known after the authentication. */
  get identity(): ClientIdentity | undefined {
    return this.#identity;
  }

  authenticated(identity: ClientIdentity): void {
    this.#identity = identity;
  }

  /**
   * A device usually publishes to one topic, so the last result is cached. A gateway has many topics, and its devices may change
   * while it is connected.
   */
  rightTo(topic: string): PublishRight | undefined {
    if (this.#identity?.role === 'gateway') return publishRight(this.#identity, topic, this.#directory);
    if (topic === this.#topic) return this.#right;
    this.#right = this.#identity === undefined ? undefined : publishRight(this.#identity, topic, this.#directory);
    this.#topic = topic;
    return this.#right;
  }

  /** True when the client may receive a message of this topic. */
  mayReceive(topic: string): boolean {
    return this.#identity !== undefined && maySubscribe(this.#identity, topic, this.#directory);
  }

  /** Adds a filter when the client may subscribe to it and has room for it. */
  addFilter(filter: string): FilterAnswer {
    if (this.#identity === undefined || !maySubscribe(this.#identity, filter, this.#directory)) return 'refused';
    if (this.#identity.role === 'anyone' || this.#filters.has(filter)) return 'granted';
    if (this.#filters.size >= this.#most) return 'too-many';
    this.#filters.add(filter);
    return 'granted';
  }

  removeFilter(filter: string): void {
    this.#filters.delete(filter);
  }
}

type SessionLimits = Pick<LimitSettings, 'filtersPerConnection' | 'connectionsPerIdentity'>;

/** The sessions of this broker run. */
export class Sessions {
  readonly #directory: Directory;
  readonly #bounds: SessionLimits;
  readonly #arrivals = new WeakMap<object, ConnectionInfo>();
  readonly #sessions = new WeakMap<Client, ClientSession>();
  /** Clients with the callback for their disconnection. */
  readonly #connected = new Map<Client, () => void>();
  /** Clients by owner. */
  readonly #byOwner = new Map<string, Set<Client>>();
  #connections = 0;

  constructor(directory: Directory, bounds: SessionLimits) {
    this.#directory = directory;
    this.#bounds = bounds;
  }

  /** Stores the data of a connection before its CONNECT. */
  connecting(connection: object, arrival: ConnectionInfo): void {
    this.#arrivals.set(connection, arrival);
  }

  /** Device, client id and address of a client for the log, also before its CONNECT. */
  senderOf(client: Client): ClientFacts {
    const identity = this.of(client)?.identity;
    const device = identity === undefined ? undefined : nameOf(identity);
    const address = this.#arrivals.get(client.conn)?.address;
    // null before the CONNECT
    const id: unknown = client.id;
    return { address, client: typeof id === 'string' ? id : undefined, ...(device === undefined ? {} : { device }) };
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

  /** Counts a client from its registration until its last packet is handled. */
  connected(client: Client, onClosed: () => void): void {
    this.#connected.set(client, onClosed);
    const owner = ownerName(this.of(client)?.identity);
    if (owner !== '') this.#byOwner.set(owner, (this.#byOwner.get(owner) ?? new Set()).add(client));
  }

  /**
   * The connection of the same identity that was silent longest, when there are too many. It may be lost, while the new one is
   * active. A connection with the same client id is closed in any case.
   */
  excess(client: Client): Client | undefined {
    const owner = ownerName(this.of(client)?.identity);
    const others = [...(this.#byOwner.get(owner) ?? [])].filter(({ id }) => id !== client.id);
    if (others.length < this.#bounds.connectionsPerIdentity) return undefined;
    const lastReadAt = ({ conn }: Client): number => this.#arrivals.get(conn)?.lastReadAt() ?? 0;
    return others.reduce((silent, other) => (lastReadAt(other) < lastReadAt(silent) ? other : silent));
  }

  /** The last packet of this client was handled. */
  closed(client: Client): void {
    const onClosed = this.#connected.get(client);
    if (onClosed === undefined) return;
    this.#connected.delete(client);
    const owner = ownerName(this.of(client)?.identity);
    const left = this.#byOwner.get(owner);
    left?.delete(client);
    if (left?.size === 0) this.#byOwner.delete(owner);
    onClosed();
  }

  get size(): number {
    return this.#connected.size;
  }

  /** Closes the connections of the identities that match, and returns their number. */
  disconnect(rule: (identity: ClientIdentity) => boolean): number {
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
