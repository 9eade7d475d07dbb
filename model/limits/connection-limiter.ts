import type { Clock } from '#model/base/clock.ts';
import type { Duration } from '#model/base/duration.ts';
import type { LogFields } from '#model/base/log.ts';
import { sourceOf } from './address.ts';
import { RateLimiter } from './rate-limiter.ts';

/** Addresses that are remembered one by one; those beyond share one record. */
const SOURCES = 20_000;

/** Name of the shared record: no address is written like this. */
const OTHERS = 'others';

interface Source {
  open: number;
  readonly fresh: RateLimiter;
}

/** Why a socket was turned away. */
export type ConnectionLimit =
  | 'connections'
  | 'connections-per-address'
  | 'connection-rate'
  | 'connection-rate-per-address';

export interface EntranceSettings {
  /** Sockets at one time, of all addresses. */
  readonly connections: number;
  readonly connectionsPerAddress: number;
  /** New sockets in a second, and for how long an unused share is saved up. */
  readonly newPerSecond: number;
  readonly newPerSecondPerAddress: number;
  readonly newBurst: Duration;
}

export interface EntranceDeps {
  readonly clock: Clock;
  readonly refuse: (limit: ConnectionLimit, fields: LogFields) => void;
  /** Addresses that are not counted one by one: whoever stands behind them comes as one. */
  readonly isExempt: (address: string) => boolean;
}

/** The part of a socket that the limiter uses. */
interface ArrivedConnection {
  readonly remoteAddress?: string | undefined;
  destroy(): unknown;
  once(event: 'close', call: () => void): unknown;
}

/** The part of a server, of any kind, that the limiter uses. */
interface Guarded<S extends ArrivedConnection> {
  listeners(event: 'connection'): readonly unknown[];
  removeAllListeners(event: 'connection'): unknown;
  on(event: 'connection', call: (socket: S) => void): unknown;
}

/** Counts sockets from their first moment, before TLS has cost anything, and turns away those over a bound. */
export class ConnectionLimiter {
  readonly #limits: EntranceSettings;
  readonly #deps: EntranceDeps;
  readonly #fresh: RateLimiter;
  readonly #sources = new Map<string, Source>();
  #open = 0;

  constructor(limits: EntranceSettings, deps: EntranceDeps) {
    this.#limits = limits;
    this.#deps = deps;
    this.#fresh = new RateLimiter(limits.newPerSecond, limits.newBurst, deps.clock.monotonic());
  }

  /** Sockets open, also those that have not shown who they are. */
  get open(): number {
    return this.#open;
  }

  /** Addresses that are remembered. */
  get sources(): number {
    return this.#sources.size;
  }

  /**
   * Stands before what a server does with a new socket. A TLS server begins its handshake in its own listener of
   * `connection`, and an HTTP server its parsing.
   */
  guard<S extends ArrivedConnection>(server: Guarded<S>): void {
    const takers = server.listeners('connection');
    server.removeAllListeners('connection');
    server.on('connection', (socket) => {
      if (!this.#mayEnter(socket)) {
        socket.destroy();
        return;
      }
      for (const take of takers) if (typeof take === 'function') Reflect.apply(take, server, [socket]);
    });
  }

  #mayEnter(socket: ArrivedConnection): boolean {
    const address = socket.remoteAddress;
    // it has gone already
    if (address === undefined) return false;
    const now = this.#deps.clock.monotonic();
    const source = this.#deps.isExempt(address) ? undefined : this.#sourceOf(address, now);
    const limit = this.#exceeded(source, now);
    if (limit !== undefined) {
      this.#deps.refuse(limit, {
        address,
        open: this.#open,
        ...(source === undefined ? {} : { ofAddress: source.open }),
      });
      return false;
    }
    this.#open += 1;
    if (source !== undefined) source.open += 1;
    socket.once('close', () => {
      this.#open -= 1;
      if (source !== undefined) source.open -= 1;
    });
    return true;
  }

  /** An address that is over its own bound takes nothing from the others' share. */
  #exceeded(source: Source | undefined, now: number): ConnectionLimit | undefined {
    if (source !== undefined && source.open >= this.#limits.connectionsPerAddress) return 'connections-per-address';
    if (source?.fresh.tryTake(now) === false) return 'connection-rate-per-address';
    if (this.#open >= this.#limits.connections) return 'connections';
    return this.#fresh.tryTake(now) ? undefined : 'connection-rate';
  }

  #sourceOf(address: string, now: number): Source {
    const name = sourceOf(address);
    const known = this.#sources.get(name);
    if (known !== undefined) return known;
    if (this.#sources.size >= SOURCES) this.#forget(now);
    return this.#remember(this.#sources.size < SOURCES ? name : OTHERS, now);
  }

  #remember(name: string, now: number): Source {
    const known = this.#sources.get(name);
    if (known !== undefined) return known;
    const source: Source = {
      open: 0,
      fresh: new RateLimiter(this.#limits.newPerSecondPerAddress, this.#limits.newBurst, now),
    };
    this.#sources.set(name, source);
    return source;
  }

  /** Those that have nothing open and would start anew with what they have. */
  #forget(now: number): void {
    for (const [name, { open, fresh }] of this.#sources)
      if (open === 0 && fresh.isFull(now)) this.#sources.delete(name);
  }
}
