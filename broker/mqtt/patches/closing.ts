/**
 * Patch: the end of a connection.
 *
 * Upstream: Aedes closes a client as soon as its connection has ended, failed or brought a DISCONNECT. It drops the packets that it has
 * read and not yet handled. A connection whose client id is taken over is destroyed with the bytes that its client sends before it notices.
 * Clause: [MQTT-4.6.0-2] and section 4.3, received packets are handled and acknowledged in order; [MQTT-3.14.4-3] for the DISCONNECT.
 * Seen on: Aedes 1.2.0.
 */
import type { Client } from 'aedes';
import type { Clock, Timer } from '#model/base/clock.ts';
import { seconds } from '#model/base/duration.ts';
import { drainConnection } from './drain-connection.ts';
import { hasMembers, hasMethods, missing } from './internals.ts';

type Next = (error?: Error | null) => void;

/** Members of a client that are not in the types of Aedes. */
interface Handled {
  /** Called when a packet was handled, and to continue the reading. */
  _nextBatch: Next;
  /** Removes the listeners for the end of the connection. */
  _eos: () => void;
  _paused: boolean;
  _disconnected: boolean;
  resume: () => void;
}

const isHandled = (client: unknown): client is Client & Handled =>
  hasMethods(client, ['_nextBatch', '_eos', 'resume']) && hasMembers(client, ['_disconnected'], 'boolean');

const PATCH = 'closing';

/** Time limit for the packets of a connection that has ended. It is longer than a packet waits for its sync. */
const LINGER = seconds(20);

/** Time limit for the last answers. Over TLS, a reset by the peer is not reported. */
const FLUSH = seconds(2);

export interface ClosingDeps {
  readonly clock: Pick<Clock, 'after'>;
  /** True while the broker stops: packets of a closed connection are then not waited for. */
  readonly isStopping: () => boolean;
  /** Called once, after the last packet of the client. */
  readonly onClosed: () => void;
  /** Reads the bytes of a closed client that have arrived, to count them. */
  readonly onLateBytes: () => void;
  /** Called once, when no more bytes of the client are read, with the number of packets that were checked. */
  readonly onDrained: (packets: number) => void;
}

/** Receives each packet that a client sends. */
export interface PacketTracker {
  /** The packet goes to Aedes. */
  handed(): void;
  /** The packet is malformed and reported elsewhere. */
  refused(): void;
  /** The packet is a DISCONNECT. */
  disconnected(): void;
}

/**
 * Closes a client after all its packets are handled. A client that closed only its sending half receives the answers; for a closed
 * connection they are dropped.
 */
export const closeAfterLastPacket = (
  client: Client,
  deps: ClosingDeps,
  isTakenOver: (client: Client) => boolean,
): PacketTracker => {
  if (!isHandled(client)) throw missing('client._nextBatch', PATCH);
  const ending = new DelayedClose(client, deps);
  let packets = 0;

  const close = client.close.bind(client);
  client.close = (done) => {
    if (client.closed) {
      close(done);
      return;
    }
    ending.closed();
    const drained = (): void => deps.onDrained(packets);
    const isDrained = isTakenOver(client) && !deps.isStopping();
    if (isDrained) drainConnection(client.conn, { clock: deps.clock, onBytes: deps.onLateBytes, onEnd: drained });
    close(() => {
      deps.onClosed();
      if (!isDrained) drained();
      done?.();
    });
  };

  const next = client._nextBatch;
  client._nextBatch = (error) => {
    ending.handled();
    next(error);
  };
  client.resume = () => {
    client._paused = false;
    next();
  };
  client._eos();
  replaceListener(client, ['end', 'bound close'], ending.over);
  replaceListener(client, ['error', 'bound emit'], ending.over);
  client.conn.on('close', () => ending.over());

  return {
    handed: () => {
      packets += 1;
      ending.handed();
    },
    refused: () => {
      packets += 1;
    },
    disconnected: () => {
      packets += 1;
      // [MQTT-3.14.4-3]
      client._disconnected = true;
      ending.over();
    },
  };
};

/** Waits for the packets of a connection that has ended, and closes its client. */
class DelayedClose {
  readonly #client: Client;
  readonly #deps: ClosingDeps;
  /** Packets that Aedes has received and not yet handled. */
  #underWay = 0;
  #isOver = false;
  #isScheduled = false;
  #failure: Error | undefined;
  #deadline: Timer | undefined;

  constructor(client: Client, deps: ClosingDeps) {
    this.#client = client;
    this.#deps = deps;
  }

  handed(): void {
    this.#underWay += 1;
  }

  handled(): void {
    this.#underWay -= 1;
    if (this.#isOver) this.#checkLater();
  }

  closed(): void {
    this.#deadline?.stop();
  }

  /** The connection has ended, failed with this error, closed, or brought a DISCONNECT. */
  readonly over = (failure?: Error): void => {
    const { closed, conn } = this.#client;
    if (closed) return;
    this.#isOver = true;
    this.#failure ??= failure;
    this.#deadline ??= this.#deps.clock.after(LINGER, this.#close);
    if (conn.destroyed) dropAnswers(this.#client);
    this.#checkLater();
  };

  /** Checks later: Aedes may be in the middle of a chunk. */
  #checkLater(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      if (!this.#client.closed) this.#closeWhenServed();
    });
  }

  #closeWhenServed(): void {
    const { conn } = this.#client;
    // bytes of a closed connection that were read and held back
    if (this.#underWay === 0 && conn.readableLength > 0) conn.emit('readable');
    const isServed = this.#underWay === 0 || (conn.destroyed && this.#deps.isStopping());
    if (!isServed) return;
    if (conn.destroyed || conn.writableLength === 0) this.#close();
    else if (!conn.writableEnded) this.#flush();
  }

  #flush(): void {
    this.#client.conn.end(this.#close);
    this.#deadline?.stop();
    this.#deadline = this.#deps.clock.after(FLUSH, this.#close);
  }

  readonly #close = (): void => {
    const client = this.#client;
    if (client.closed) return;
    if (this.#failure === undefined) client.close();
    // Aedes reports the error and closes the client
    else client.emit('error', this.#failure);
  };
}

/** Drops further answers, which would wait for free buffer space in vain. */
const dropAnswers = ({ conn }: Client): void => {
  conn.write = () => true;
  conn.emit('drain');
};

type Listener = (error?: Error) => void;

const isNamed =
  (name: string) =>
  (listener: unknown): listener is Listener =>
    typeof listener === 'function' && listener.name === name;

/** Replaces a listener of Aedes. */
const replaceListener = ({ conn }: Client, [event, name]: readonly ['end' | 'error', string], call: Listener): void => {
  const own = conn.listeners(event).filter(isNamed(name));
  const [listener] = own;
  if (own.length !== 1 || listener === undefined) throw missing(`listener of "${event}"`, PATCH);
  conn.off(event, listener);
  conn.on(event, call);
};
