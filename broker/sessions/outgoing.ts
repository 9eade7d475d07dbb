/** A packet on its way to a client, as Aedes hands it over: a PUBLISH, or the PUBREL behind one of QoS 2. */
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

/** A packet with its place in the order of its session. */
export interface WaitingMessages {
  readonly place: number;
  readonly packet: OutgoingPacket;
  readonly bytes: number;
}

/** What a packet costs beside its payload and topic. */
const OVERHEAD = 200;

/** What a packet takes while it waits, in bytes. */
export const sizeOf = ({ topic = '', payload = '' }: OutgoingPacket): number =>
  OVERHEAD + topic.length + payload.length;

/** Aedes's own count of packets; what has none was made by a client's handshake. */
const nameOf = ({ brokerId, brokerCounter }: OutgoingPacket): string | undefined =>
  brokerId === undefined ? undefined : `${brokerId}:${brokerCounter}`;

/** What waits for one kept session, oldest first, found by packet id and by Aedes's own count. */
export class OutgoingQueue {
  readonly #waiting = new Map<number, WaitingMessages>();
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

  all(): readonly WaitingMessages[] {
    return [...this.#waiting.values()];
  }

  hasId(packetId: number): boolean {
    return this.#byId.has(packetId);
  }

  oldest(): WaitingMessages | undefined {
    const [first] = this.#waiting.values();
    return first;
  }

  /** @param place of a packet that was read from disk; the next one otherwise */
  add(packet: OutgoingPacket, place = this.#next): WaitingMessages {
    const waiting = { place, packet, bytes: sizeOf(packet) };
    this.#next = Math.max(this.#next, place + 1);
    this.#put(waiting);
    return waiting;
  }

  /** Takes note of the packet id that it was sent with, or of the PUBREL in its stead; undefined when it is not here. */
  update(packet: OutgoingPacket): WaitingMessages | undefined {
    const named = this.#placeByName(packet);
    const place = named ?? this.#placeById(packet);
    const before = place === undefined ? undefined : this.#waiting.get(place);
    if (before === undefined) return undefined;
    this.#forget(before);
    const now = named === undefined ? { ...packet } : { ...before.packet, messageId: packet.messageId };
    const waiting = { place: before.place, packet: now, bytes: sizeOf(now) };
    this.#put(waiting);
    return waiting;
  }

  /** By its packet id; by Aedes's count where it was never sent. */
  find(packet: OutgoingPacket): WaitingMessages | undefined {
    const place = this.#placeById(packet) ?? this.#placeByName(packet);
    return place === undefined ? undefined : this.#waiting.get(place);
  }

  remove(waiting: WaitingMessages): void {
    this.#forget(waiting);
    this.#waiting.delete(waiting.place);
  }

  #placeByName(packet: OutgoingPacket): number | undefined {
    const name = nameOf(packet);
    return name === undefined ? undefined : this.#byName.get(name);
  }

  #placeById({ messageId }: OutgoingPacket): number | undefined {
    return messageId === undefined ? undefined : this.#byId.get(messageId);
  }

  #forget({ place, packet, bytes }: WaitingMessages): void {
    this.#bytes -= bytes;
    const name = nameOf(packet);
    if (name !== undefined) this.#byName.delete(name);
    const { messageId } = packet;
    if (messageId !== undefined && this.#byId.get(messageId) === place) this.#byId.delete(messageId);
  }

  /** A place that is there already keeps its turn. */
  #put(waiting: WaitingMessages): void {
    const { place, packet, bytes } = waiting;
    this.#waiting.set(place, waiting);
    this.#bytes += bytes;
    const name = nameOf(packet);
    if (name !== undefined) this.#byName.set(name, place);
    if (packet.messageId !== undefined) this.#byId.set(packet.messageId, place);
  }
}
