import type { Clock, Timer } from '#model/base/clock.ts';
import { seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Log } from '#model/base/log.ts';
import type { Packet } from '#model/readings/packet.ts';
import type { Appended, JournalWriter } from '#journal/journal.ts';
import { BulkQueue } from './bulk-queue.ts';

/**
 * How long a packet may wait for its sync. A held publish also holds back PINGREQ, so this stays below any keepalive
 * in use; a sender that is cut sends again, and what is synced after all is recognised as a duplicate.
 */
export const HOLD = seconds(10);

/** What a waiting packet takes in memory beside its bytes: a hundred thousand small ones were seen to take 160 MB. */
const ENVELOPE_BYTES = 1_400;

/** Memory that what waits for the disk may take in all. QoS 0, which nobody was promised, is turned away earlier. */
export const IN_FLIGHT_BYTES = 64 * 2 ** 20;
export const IN_FLIGHT_BYTES_QOS_0 = 32 * 2 ** 20;

/** Called exactly once: without a fault when the packet is on disk. */
export type Settled = (fault: Fault | undefined, sequence: number) => void;

/** Packets of one group commit. They share a promise and are answered together, in the order of their arrival. */
interface AcknowledgedGroup {
  readonly synced: Promise<void>;
  readonly since: number;
  readonly first: number;
  packets: number;
  bytes: number;
  waiting: { readonly settled: Settled; readonly sequence: number }[];
}

/** Brings packets to the journal and holds their acknowledgements back until they are on disk. */
export class Acknowledger {
  readonly #journal: JournalWriter;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #changed: (bytes: number) => void;
  readonly #watch: Timer;
  /** Oldest first. */
  readonly #groups = new Set<AcknowledgedGroup>();
  readonly #bulk = new BulkQueue<{ readonly settled: Settled; readonly since: number }>();
  #newest: AcknowledgedGroup | undefined;
  /** Of `#bytes`, those that the journal has. */
  #ahead = 0;
  #packets = 0;
  /** Of payloads and topics. */
  #bytes = 0;

  /** @param deps `changed` is told what waits takes in memory, whenever it has changed */
  constructor(deps: {
    readonly journal: JournalWriter;
    readonly clock: Clock;
    readonly log: Log;
    readonly changed?: (bytes: number) => void;
  }) {
    this.#journal = deps.journal;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#changed = deps.changed ?? (() => undefined);
    this.#watch = deps.clock.every(seconds(1), () => this.#giveUpOld());
  }

  get packets(): number {
    return this.#packets;
  }

  /** Of memory, that what waits for the disk takes. */
  get bytes(): number {
    return this.#bytes + this.#packets * ENVELOPE_BYTES;
  }

  /**
   * Answers each connection in the order of arrival, save that a packet which cannot be taken at all is answered at
   * once. A big packet may be overtaken by those of others. Every fault is an outage: the same packet may be taken later.
   */
  take(packet: Packet, settled: Settled): void {
    const size = packet.payload.byteLength + packet.topic.length;
    const isUnpromised = packet.qos === 0 && packet.kind === 'readings';
    const room = isUnpromised ? IN_FLIGHT_BYTES_QOS_0 : IN_FLIGHT_BYTES;
    if (this.bytes + size + ENVELOPE_BYTES > room) {
      settled(new Fault('JOURNAL_WRITE_FAILED', `${this.bytes} bytes wait for the disk already`, { retry: true }), 0);
      return;
    }
    this.#grow(1, size);
    if (this.#bulk.holds(packet, size, this.#ahead)) {
      this.#bulk.put({ packet, bytes: size, rest: { settled, since: this.#clock.monotonic() } });
    } else {
      this.#append(packet, size, settled);
    }
  }

  /** Resolves when everything taken so far is answered, or could not be within the time that a packet is held. */
  async drained(): Promise<void> {
    const ended = new AbortController();
    await Promise.race([this.#allSettled(), this.#clock.sleep(HOLD, ended.signal)]);
    ended.abort();
  }

  async #allSettled(): Promise<void> {
    while (this.#groups.size > 0) await Promise.allSettled([...this.#groups].map(({ synced }) => synced));
  }

  #append(packet: Packet, size: number, settled: Settled): void {
    let appended: Appended;
    try {
      appended = this.#journal.append(packet);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#grow(-1, -size);
      settled(error, 0);
      return;
    }
    const group = this.#groupOf(appended);
    group.waiting.push({ settled, sequence: appended.sequence });
    group.packets += 1;
    group.bytes += size;
    this.#ahead += size;
  }

  /** Big packets that waited for the disk, as far as it has room. */
  #pump(): void {
    for (let next = this.#bulk.take(this.#ahead); next !== undefined; next = this.#bulk.take(this.#ahead)) {
      this.#append(next.packet, next.bytes, next.rest.settled);
    }
  }

  stop(): void {
    this.#watch.stop();
  }

  #groupOf({ synced, sequence }: Appended): AcknowledgedGroup {
    if (this.#newest?.synced === synced) return this.#newest;
    const since = this.#clock.monotonic();
    const group: AcknowledgedGroup = { synced, since, first: sequence, packets: 0, bytes: 0, waiting: [] };
    this.#groups.add(group);
    this.#newest = group;
    synced.then(
      () => this.#settle(group, undefined),
      (error: unknown) => {
        if (!(error instanceof Fault)) throw error;
        this.#settle(group, error);
      },
    );
    return group;
  }

  #settle(group: AcknowledgedGroup, fault: Fault | undefined): void {
    this.#groups.delete(group);
    if (this.#newest === group) this.#newest = undefined;
    this.#grow(-group.packets, -group.bytes);
    this.#ahead -= group.bytes;
    this.#answer(group, fault);
    this.#pump();
  }

  #grow(packets: number, bytes: number): void {
    this.#packets += packets;
    this.#bytes += bytes;
    this.#changed(this.bytes);
  }

  #answer(group: AcknowledgedGroup, fault: Fault | undefined): void {
    const { waiting } = group;
    group.waiting = [];
    for (const { settled, sequence } of waiting) settled(fault, sequence);
  }

  #giveUpOld(): void {
    const before = this.#clock.monotonic() - HOLD.ms;
    const fault = (): Fault =>
      new Fault('JOURNAL_WRITE_FAILED', `not synced within ${HOLD.ms / 1_000} s; look at the disk`, { retry: true });
    for (const group of this.#groups) {
      if (group.since > before) break;
      if (group.waiting.length === 0) continue;
      this.#log.error('sync is late; senders are cut', { packets: group.waiting.length, first: group.first });
      this.#answer(group, fault());
    }
    const isLate = ({ since }: { readonly since: number }): boolean => since <= before;
    for (let late = this.#bulk.takeIf(isLate); late !== undefined; late = this.#bulk.takeIf(isLate)) {
      this.#grow(-1, -late.bytes);
      late.rest.settled(fault(), 0);
    }
  }
}
