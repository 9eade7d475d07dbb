/** A packet on its way to a client, as Aedes passes it: a PUBLISH, or the PUBREL after a PUBLISH of QoS 2. */
export interface OutgoingPacket {
  readonly cmd: string;
  readonly topic?: string | undefined;
  readonly payload?: string | Buffer | undefined;
  readonly qos?: number | undefined;
  readonly retain?: boolean | undefined;
  readonly dup?: boolean | undefined;
  readonly brokerId?: string | undefined;
  readonly brokerCounter?: number | undefined;
  messageId?: number | undefined;
}

/** A packet with its place in the queue of its session. */
export interface WaitingMessage {
  readonly place: number;
  readonly packet: OutgoingPacket;
  readonly bytes: number;
}

/** Memory of a packet beside its payload and topic. */
const OVERHEAD = 200;

/** Memory of a waiting packet, in bytes. */
export const sizeOf = ({ topic = '', payload = '' }: OutgoingPacket): number =>
  OVERHEAD + topic.length + payload.length;

/** The number that Aedes gives a packet. Packets of a handshake have none. */
const nameOf = ({ brokerId, brokerCounter }: OutgoingPacket): string | undefined =>
  brokerId === undefined ? undefined : `${brokerId}:${brokerCounter}`;

/** The waiting packets of one persistent session, oldest first, indexed by packet id and by the number of Aedes. */
export class OutgoingQueue {
  readonly #waiting = new Map<number, WaitingMessage>();
  readonly #byName = new Map<string, number>();
  readonly #byId = new Map<number, number>();
  #next = 1;
  #bytes = 0;

  get size(): number {
    return this.#waiting.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  all(): readonly WaitingMessage[] {
    return [...this.#waiting.values()];
  }

  hasId(packetId: number): boolean {
    return this.#byId.has(packetId);
  }

  oldest(): WaitingMessage | undefined {
    const [first] = this.#waiting.values();
    return first;
  }

  /** @param place the place of a packet from disk; the next place by default */
  add(packet: OutgoingPacket, place = this.#next): WaitingMessage {
    const waiting = { place, packet, bytes: sizeOf(packet) };
    this.#next = Math.max(this.#next, place + 1);
    this.#put(waiting);
    return waiting;
  }

  /** Stores the packet id of a sent packet, or its PUBREL. Undefined for an unknown packet. */
  update(packet: OutgoingPacket): WaitingMessage | undefined {
    const named = this.#placeByName(packet);
    const place = named ?? this.#placeById(packet);
    const before = place === undefined ? undefined : this.#waiting.get(place);
    if (before === undefined) return undefined;
    this.#unindex(before);
    const now = named === undefined ? { ...packet } : { ...before.packet, messageId: packet.messageId };
    const waiting = { place: before.place, packet: now, bytes: sizeOf(now) };
    this.#put(waiting);
    return waiting;
  }

  /** Finds a packet by its packet id, or by the number of Aedes when it was never sent. */
  find(packet: OutgoingPacket): WaitingMessage | undefined {
    const place = this.#placeById(packet) ?? this.#placeByName(packet);
    return place === undefined ? undefined : this.#waiting.get(place);
  }

  remove(waiting: WaitingMessage): void {
    this.#unindex(waiting);
    this.#waiting.delete(waiting.place);
  }

  #placeByName(packet: OutgoingPacket): number | undefined {
    const name = nameOf(packet);
    return name === undefined ? undefined : this.#byName.get(name);
  }

  #placeById({ messageId }: OutgoingPacket): number | undefined {
    return messageId === undefined ? undefined : this.#byId.get(messageId);
  }

  #unindex({ place, packet, bytes }: WaitingMessage): void {
    this.#bytes -= bytes;
    const name = nameOf(packet);
    if (name !== undefined) this.#byName.delete(name);
    const { messageId } = packet;
    if (messageId !== undefined && this.#byId.get(messageId) === place) this.#byId.delete(messageId);
  }

  /** An existing place keeps its order. */
  #put(waiting: WaitingMessage): void {
    const { place, packet, bytes } = waiting;
    this.#waiting.set(place, waiting);
    this.#bytes += bytes;
    const name = nameOf(packet);
    if (name !== undefined) this.#byName.set(name, place);
    if (packet.messageId !== undefined) this.#byId.set(packet.messageId, place);
  }
}
