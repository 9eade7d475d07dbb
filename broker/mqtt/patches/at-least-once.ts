/**
 * Patch: publishes of QoS 1.
 *
 * Upstream: Aedes makes some ten objects and two turns of the event loop for each publish, and writes each PUBACK by itself, in three
 * pieces. A group commit acknowledges many publishes of a client at the same time.
 * Clause: none; it is a matter of speed. [MQTT-4.6.0-2] holds: acknowledgements leave in the order in which the hook answers.
 * Seen on: Aedes 1.2.0.
 */
import type { Aedes, Client, PublishPacket } from 'aedes';
import { hasMembers, hasMethods, missing } from './internals.ts';

type Done = (error?: Error | null) => void;
type RoutedPacket = (packet: PublishPacket, client: Client, done: Done) => void;

/** Members of a client that are not in the types of Aedes. */
interface Served {
  _nextBatch: Done;
  _parsingBatch: number;
  _keepaliveInterval: number;
  _keepaliveTimer: { refresh(): void } | null;
  connackSent: boolean;
  errored: boolean;
  waitForDrain(done: Done): void;
}

const isServed = (client: Client): client is Client & Served =>
  hasMethods(client, ['_nextBatch', 'waitForDrain']) &&
  hasMembers(client, ['_parsingBatch', '_keepaliveInterval'], 'number') &&
  hasMembers(client, ['connackSent', 'errored'], 'boolean');

const isRoute = (value: unknown): value is RoutedPacket => typeof value === 'function' && value.length === 3;

const PATCH = 'at-least-once';

const PUBACK_BYTES = 4;
const PUBACK = 0x40;
const ID_BYTES = 2;

const encodeAcknowledgements = (packets: readonly PublishPacket[]): Buffer => {
  const bytes = Buffer.allocUnsafe(PUBACK_BYTES * packets.length);
  let at = 0;
  for (const { messageId = 0 } of packets) {
    bytes[at] = PUBACK;
    bytes[at + 1] = ID_BYTES;
    bytes[at + 2] = messageId >>> 8;
    bytes[at + 3] = messageId & 0xff;
    at += PUBACK_BYTES;
  }
  return bytes;
};

/** Takes the publishes of one client. */
export interface PublishLane {
  /** False for a publish that is left to Aedes. */
  take(packet: PublishPacket): boolean;
}

/**
 * Serves the QoS 1 publishes of a client in the place of Aedes, with the same hook, the same routing and the same limits. The
 * acknowledgements that are due at one time leave in one write. What Aedes refuses because of its topic stays with Aedes.
 */
export const servePublishes = (aedes: Aedes): ((client: Client) => PublishLane) => {
  const route: unknown = Reflect.get(aedes, 'publish');
  const levels: unknown = Reflect.get(aedes, 'maxTopicLevels');
  if (!isRoute(route)) throw missing('publish of three parameters', PATCH);
  if (typeof levels !== 'number') throw missing('maxTopicLevels', PATCH);
  return (client) => {
    if (!isServed(client)) throw missing('client._parsingBatch', PATCH);
    return new Lane(client, aedes, (packet, done) => route.call(aedes, packet, client, done), levels);
  };
};

class Lane implements PublishLane {
  readonly #client: Client & Served;
  readonly #aedes: Aedes;
  readonly #route: (packet: PublishPacket, done: Done) => void;
  readonly #levels: number;
  #due: PublishPacket[] = [];
  /** The newest topic that Aedes would accept. */
  #topic: string | undefined;

  constructor(
    client: Client & Served,
    aedes: Aedes,
    route: (packet: PublishPacket, done: Done) => void,
    levels: number,
  ) {
    this.#client = client;
    this.#aedes = aedes;
    this.#route = route;
    this.#levels = levels;
  }

  take(packet: PublishPacket): boolean {
    const client = this.#client;
    if (packet.qos !== 1 || !client.connected || !client.connackSent || !this.#isTopic(packet.topic)) return false;
    client._parsingBatch += 1;
    this.#aedes.authorizePublish(client, packet, (error) => {
      if (error === null || error === undefined) this.#acknowledge(packet);
      else client._nextBatch(error);
    });
    if (client._keepaliveInterval > 0) client._keepaliveTimer?.refresh();
    return true;
  }

  #isTopic(topic: string): boolean {
    if (topic === this.#topic) return true;
    if (topic === '' || /[#+]/.test(topic) || topic.split('/').length > this.#levels) return false;
    this.#topic = topic;
    return true;
  }

  #acknowledge(packet: PublishPacket): void {
    this.#due.push(packet);
    if (this.#due.length === 1) queueMicrotask(this.#flush);
  }

  /** Runs after all answers of a group commit. */
  readonly #flush = (): void => {
    const client = this.#client;
    const due = this.#due;
    this.#due = [];
    if (!client.connected && !client.connecting) {
      this.#finish(due, new Error('connection closed'));
      return;
    }
    const hasRoom = client.conn.write(encodeAcknowledgements(due));
    // as in Aedes, the routing follows in the next turn: retained messages of a new subscription go first
    // oxlint-disable-next-line no-restricted-globals -- a turn of the event loop, which is not a time
    if (hasRoom || client.errored) setImmediate(() => this.#finish(due));
    else client.waitForDrain((error) => this.#finish(due, error));
  };

  #finish(packets: readonly PublishPacket[], error?: Error | null): void {
    const { _nextBatch: next } = this.#client;
    for (const packet of packets) {
      if (error === null || error === undefined) this.#route(packet, next);
      else next(error);
    }
  }
}
