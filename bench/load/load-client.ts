import { type Socket, connect } from 'node:net';
import { generate } from 'mqtt-packet';
import type { Clock } from '#model/base/clock.ts';
import { milliseconds } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';
import { AnswerReader } from './answers.ts';
import type { Histogram } from './histogram.ts';
import type { Publishes } from './publishes.ts';

const PINGREQ = Buffer.from([0xc0, 0]);
const READ_BYTES = 16_384;
/** Longest wait before a reconnect; it is random, so that clients do not reconnect at the same time. */
const RETURN_MS = 2_000;

export interface LoadClientOptions {
  readonly port: number;
  readonly id: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly keepaliveSeconds: number;
  /** Largest number of pending publishes, up to the number of slots. */
  readonly window: number;
  /** Total number of publishes. Undefined without an end. */
  readonly limit: number | undefined;
  /** Reconnects after the close of its connection, and sends pending publishes again. */
  readonly returns: boolean;
}

/** Counters and callbacks that all clients of one generator share. */
export interface LoadClientDeps {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Time from the write of a publish to the arrival of its PUBACK. */
  readonly latency: Histogram;
  readonly onSent: ((at: Instant, now: number) => void) | undefined;
  readonly onAcknowledged: (client: LoadClient, count: number) => void;
  readonly onClosed: (why: string) => void;
  /** Called after a reconnect, when the pending publishes are sent again. */
  readonly onReturned: (client: LoadClient) => void;
}

/** One MQTT client on a plain socket. Packets that are sent together leave in one write. */
export class LoadClient {
  readonly publishes: Publishes;
  readonly #options: LoadClientOptions;
  readonly #deps: LoadClientDeps;
  readonly #sentAt: Float64Array;
  #socket: Socket | undefined;
  #isOpen = false;
  #isDropOut = false;
  #head = 0;
  #tail = 0;
  #inFlight = 0;
  #left: number;
  #wroteAt = 0;
  #acknowledged = 0;
  #now = 0;
  #connected: (() => void) | undefined;

  constructor(options: LoadClientOptions, publishes: Publishes, deps: LoadClientDeps) {
    this.publishes = publishes;
    this.#options = options;
    this.#deps = deps;
    this.#left = options.limit ?? Number.POSITIVE_INFINITY;
    this.#sentAt = new Float64Array(publishes.slots);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** True while it is connected. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Number of publishes that may be sent now. */
  get room(): number {
    if (!this.#isOpen) return 0;
    return Math.min(this.#options.window - this.#inFlight, this.#left);
  }

  /** Time of the last write, on the monotonic clock. */
  get wroteAt(): number {
    return this.#wroteAt;
  }

  /** Connects; resolves after the CONNACK. */
  open(): Promise<void> {
    const { id, username, password, keepaliveSeconds } = this.#options;
    const packet = generate({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: true,
      clientId: id,
      keepalive: keepaliveSeconds,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password: Buffer.from(password) }),
    });
    return new Promise((resolve) => {
      this.#connected = resolve;
      this.#socket = this.#connect();
      this.#write(packet, this.#deps.clock.monotonic());
    });
  }

  /** Closes the socket without a DISCONNECT, as at a loss of power, and reconnects soon. */
  dropOut(): void {
    if (!this.#isOpen) return;
    this.#isDropOut = true;
    this.#socket?.destroy();
  }

  /** Sends the next publishes within the window. @returns their number */
  send(count: number): number {
    const { publishes } = this;
    const sent = Math.min(count, this.room);
    if (sent <= 0) return 0;
    const now = this.#deps.clock.monotonic();
    const from = this.#head;
    for (let i = 0; i < sent; i += 1) {
      const at = publishes.prepare(this.#head);
      this.#sentAt[this.#head] = now;
      this.#head = this.#head + 1 === publishes.slots ? 0 : this.#head + 1;
      this.#deps.onSent?.(at, now);
    }
    this.#inFlight += sent;
    this.#left -= sent;
    this.#writeSlots(from, sent, now);
    return sent;
  }

  ping(): void {
    if (this.#isOpen) this.#write(PINGREQ, this.#deps.clock.monotonic());
  }

  async #reconnect(): Promise<void> {
    const { clock, random } = this.#deps;
    await clock.sleep(milliseconds(random() * RETURN_MS));
    await this.open();
    const now = clock.monotonic();
    if (this.#inFlight > 0) this.#writeSlots(this.#tail, this.#inFlight, now);
    this.#deps.onReturned(this);
  }

  #closed(why: string): void {
    this.#isOpen = false;
    if (!this.#isDropOut) this.#deps.onClosed(why);
    this.#isDropOut = false;
    if (this.#options.returns) void this.#reconnect();
  }

  #writeSlots(from: number, count: number, now: number): void {
    const { publishes } = this;
    const end = Math.min(from + count, publishes.slots);
    this.#write(publishes.bytes.subarray(publishes.startOf(from), publishes.startOf(end)), now);
    const rest = count - (end - from);
    if (rest > 0) this.#write(publishes.bytes.subarray(0, publishes.startOf(rest)), now);
  }

  #write(bytes: Uint8Array, now: number): void {
    this.#wroteAt = now;
    this.#socket?.write(bytes);
  }

  #connect(): Socket {
    const chunk = Buffer.allocUnsafe(READ_BYTES);
    const answers = new AnswerReader({
      connack: (code) => this.#connack(code),
      puback: (packetId) => this.#puback(packetId),
    });
    const callback = (bytes: number): boolean => {
      this.#now = this.#deps.clock.monotonic();
      this.#acknowledged = 0;
      answers.read(chunk, bytes);
      if (this.#acknowledged > 0) this.#deps.onAcknowledged(this, this.#acknowledged);
      return true;
    };
    let why = 'the broker closed the connection';
    const socket = connect({
      host: '127.0.0.1',
      port: this.#options.port,
      noDelay: true,
      onread: { buffer: chunk, callback },
    });
    socket.on('error', (error) => {
      why = error.message;
    });
    socket.on('close', () => this.#closed(why));
    return socket;
  }

  #connack(returnCode: number): void {
    if (returnCode !== 0) throw new Error(`${this.#options.id} was refused with CONNACK code ${returnCode}`);
    this.#isOpen = true;
    this.#connected?.();
  }

  /** [MQTT-4.6.0-2]: acknowledgements arrive in the order of the publishes; another order would falsify the counts. */
  #puback(packetId: number): void {
    const slot = this.#tail;
    if (packetId !== slot + 1 || this.#inFlight === 0) {
      throw new Error(`${this.#options.id} received PUBACK ${packetId} instead of ${slot + 1}`);
    }
    this.#deps.latency.record(this.#now - (this.#sentAt[slot] ?? 0));
    this.#tail = slot + 1 === this.publishes.slots ? 0 : slot + 1;
    this.#inFlight -= 1;
    this.#acknowledged += 1;
  }
}
