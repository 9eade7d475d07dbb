import type { Client } from 'aedes';
import type { Clock, Timer } from '#model/base/clock.ts';
import { seconds } from '#model/base/duration.ts';

type Next = (error?: Error | null) => void;

/** What Aedes keeps of a client and has not in its types. */
interface Handled {
  /** Called when a packet is handled, and to have the connection read on. */
  _nextBatch: Next;
  /** Ends its own watch over the end of the connection. */
  _eos: () => void;
  _paused: boolean;
  _disconnected: boolean;
  resume: () => void;
}

const isHandled = (client: unknown): client is Client & Handled =>
  typeof client === 'object' &&
  client !== null &&
  ['_nextBatch', '_eos', 'resume'].every((name) => typeof Reflect.get(client, name) === 'function') &&
  typeof Reflect.get(client, '_disconnected') === 'boolean';

const moved = (part: string): Error =>
  new Error(`this version of Aedes has no ${part}; see broker/mqtt/patches/closing.ts`);

/** How long a connection that is over may go on being served: longer than any packet waits for its sync. */
const LINGER = seconds(20);

/** And how long its last answers may take to leave. Over TLS, nothing tells that a connection was reset by its peer. */
const FLUSH = seconds(2);

export interface ClosingDeps {
  readonly clock: Pick<Clock, 'after'>;
  /** True once the broker stops: what is under way for a connection that is gone is then not waited for. */
  readonly isStopping: () => boolean;
  /** Called once, when nothing more of the client is served, with how many of its packets were looked at. */
  readonly onClosed: (packets: number) => void;
}

/** Told of every packet that a client sends. */
export interface Serving {
  /** It is handed to Aedes. */
  handing(): void;
  /** It is malformed, and told of elsewhere. */
  refusing(): void;
  /** It is a DISCONNECT. */
  leaving(): void;
}

/**
 * Serves what a client had sent before its connection was over. Aedes closes a client as soon as the connection has
 * ended, failed or brought a DISCONNECT, and forgets what it has read of it and not handled yet. So the client is closed
 * later, when what came before is handled: answers go on to one that only said that it sends no more, and to nobody
 * where the connection is gone.
 */
export const serveToTheEnd = (client: Client, deps: ClosingDeps): Serving => {
  if (!isHandled(client)) throw moved('client._nextBatch');
  const end = new End(client, deps);
  let packets = 0;

  const close = client.close.bind(client);
  client.close = (done) => {
    if (client.closed) {
      close(done);
      return;
    }
    end.closed();
    close(() => {
      deps.onClosed(packets);
      done?.();
    });
  };

  const next = client._nextBatch;
  client._nextBatch = (error) => {
    end.handled();
    next(error);
  };
  client.resume = () => {
    client._paused = false;
    next();
  };
  client._eos();
  replaceListener(client, ['end', 'bound close'], end.over);
  replaceListener(client, ['error', 'bound emit'], end.over);
  client.conn.on('close', () => end.over());

  return {
    handing: () => {
      packets += 1;
      end.handing();
    },
    refusing: () => {
      packets += 1;
    },
    leaving: () => {
      packets += 1;
      // [MQTT-3.14.4-3]
      client._disconnected = true;
      end.over();
    },
  };
};

/** Waits for the packets of a connection that is over, and closes its client. */
class End {
  readonly #client: Client;
  readonly #deps: ClosingDeps;
  /** Packets that Aedes has and has not handled. */
  #underWay = 0;
  #isOver = false;
  #isAsked = false;
  #failure: Error | undefined;
  #deadline: Timer | undefined;

  constructor(client: Client, deps: ClosingDeps) {
    this.#client = client;
    this.#deps = deps;
  }

  handing(): void {
    this.#underWay += 1;
  }

  handled(): void {
    this.#underWay -= 1;
    if (this.#isOver) this.#ask();
  }

  closed(): void {
    this.#deadline?.stop();
  }

  /** The connection ended, failed with this error, closed, or brought a DISCONNECT. */
  readonly over = (failure?: Error): void => {
    const { closed, conn } = this.#client;
    if (closed) return;
    this.#isOver = true;
    this.#failure ??= failure;
    this.#deadline ??= this.#deps.clock.after(LINGER, this.#leave);
    if (conn.destroyed) dropAnswers(this.#client);
    this.#ask();
  };

  /** Not at once: Aedes may be in the middle of what it has read. */
  #ask(): void {
    if (this.#isAsked) return;
    this.#isAsked = true;
    queueMicrotask(() => {
      this.#isAsked = false;
      if (!this.#client.closed) this.#settle();
    });
  }

  #settle(): void {
    const { conn } = this.#client;
    // what was read of a connection that is gone, and held back
    if (this.#underWay === 0 && conn.readableLength > 0) conn.emit('readable');
    const isServed = this.#underWay === 0 || (conn.destroyed && this.#deps.isStopping());
    if (!isServed) return;
    if (conn.destroyed || conn.writableLength === 0) this.#leave();
    else if (!conn.writableEnded) this.#flush();
  }

  #flush(): void {
    this.#client.conn.end(this.#leave);
    this.#deadline?.stop();
    this.#deadline = this.#deps.clock.after(FLUSH, this.#leave);
  }

  readonly #leave = (): void => {
    const client = this.#client;
    if (client.closed) return;
    if (this.#failure === undefined) client.close();
    // Aedes tells of it, and closes
    else client.emit('error', this.#failure);
  };
}

/** What is still written goes nowhere, instead of waiting for room that never comes. */
const dropAnswers = ({ conn }: Client): void => {
  conn.write = () => true;
  conn.emit('drain');
};

type Listener = (error?: Error) => void;

const isNamed =
  (name: string) =>
  (listener: unknown): listener is Listener =>
    typeof listener === 'function' && listener.name === name;

/** Puts a listener in the place of the one that Aedes has. */
const replaceListener = ({ conn }: Client, [event, name]: readonly ['end' | 'error', string], call: Listener): void => {
  const own = conn.listeners(event).filter(isNamed(name));
  const [listener] = own;
  if (own.length !== 1 || listener === undefined) throw moved(`listener of "${event}"`);
  conn.off(event, listener);
  conn.on(event, call);
};
