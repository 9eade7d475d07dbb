import type { Clock, Timer } from '#model/base/clock.ts';
import { seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Log } from '#model/base/log.ts';
import type { Packet } from '#model/readings/packet.ts';
import type { Appended, JournalWriter } from '#journal/journal.ts';
import { BulkQueue } from './bulk-queue.ts';

/**
 * Time limit for the sync of a packet. A pending publish also delays PINGREQ, so the limit is below the usual keepalives. A
 * disconnected sender sends the packet again, and a packet that was synced after all is recognised as a duplicate.
 */
export const SYNC_TIMEOUT = seconds(10);

/** Memory of a waiting packet beside its bytes: 100,000 small packets took 160 MB. */
const ENVELOPE_BYTES = 1_400;

/** Memory limit of all packets that wait for the disk. QoS 0, which has no acknowledgement, has a lower limit. */
export const IN_FLIGHT_BYTES = 64 * 2 ** 20;
export const IN_FLIGHT_BYTES_QOS_0 = 32 * 2 ** 20;

/** Called exactly once: without a fault when the packet is on disk. */
export type OnSynced = (fault: Fault | undefined, sequence: number) => void;

/** Packets of one group commit. They share a promise and are acknowledged together, in the order of their arrival. */
interface AcknowledgedGroup {
  readonly synced: Promise<void>;
  readonly since: number;
  readonly first: number;
  packets: number;
  bytes: number;
  waiting: { readonly onSynced: OnSynced; readonly sequence: number }[];
}

/** Writes packets to the journal and delays their acknowledgements until they are on disk. */
export class Acknowledger {
  readonly #journal: JournalWriter;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #changed: (bytes: number) => void;
  readonly #timer: Timer;
  /** Oldest first. */
  readonly #groups = new Set<AcknowledgedGroup>();
  readonly #bulk = new BulkQueue<{ readonly onSynced: OnSynced; readonly since: number }>();
  #newest: AcknowledgedGroup | undefined;
  /** The part of `#bytes` that the journal has. */
  #ahead = 0;
  #packets = 0;
  /** Bytes of payloads and topics. */
  #bytes = 0;

  /** @param deps `changed` is called with the memory of the waiting packets after each change */
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
    this.#timer = deps.clock.every(seconds(1), () => this.#answerLate());
  }

  get packets(): number {
    return this.#packets;
  }

  /** Memory used by packets that wait for the disk. */
  get bytes(): number {
    return this.#bytes + this.#packets * ENVELOPE_BYTES;
  }

  /**
   * Answers in the order of arrival of each connection, except that a refused packet is answered at once. Packets of other
   * connections may overtake a large one. Each fault is temporary: the same packet may be accepted later.
   */
  take(packet: Packet, onSynced: OnSynced): void {
    const size = packet.payload.byteLength + packet.topic.length;
    const isLowPriority = packet.qos === 0 && packet.kind === 'readings';
    const room = isLowPriority ? IN_FLIGHT_BYTES_QOS_0 : IN_FLIGHT_BYTES;
    if (this.bytes + size + ENVELOPE_BYTES > room) {
      onSynced(new Fault('JOURNAL_WRITE_FAILED', `${this.bytes} bytes are waiting for the disk`, { retry: true }), 0);
      return;
    }
    this.#grow(1, size);
    if (this.#bulk.mustWait(packet, size, this.#ahead)) {
      this.#bulk.put({ packet, bytes: size, rest: { onSynced, since: this.#clock.monotonic() } });
    } else {
      this.#append(packet, size, onSynced);
    }
  }

  /** Resolves when all packets so far are answered, or after the time limit for the sync. */
  async drained(): Promise<void> {
    const ended = new AbortController();
    await Promise.race([this.#allSynced(), this.#clock.sleep(SYNC_TIMEOUT, ended.signal)]);
    ended.abort();
  }

  async #allSynced(): Promise<void> {
    while (this.#groups.size > 0) await Promise.allSettled([...this.#groups].map(({ synced }) => synced));
  }

  #append(packet: Packet, size: number, onSynced: OnSynced): void {
    let appended: Appended;
    try {
      appended = this.#journal.append(packet);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#grow(-1, -size);
      onSynced(error, 0);
      return;
    }
    const group = this.#groupOf(appended);
    group.waiting.push({ onSynced, sequence: appended.sequence });
    group.packets += 1;
    group.bytes += size;
    this.#ahead += size;
  }

  /** Appends large packets from the queue while the disk has room. */
  #appendQueued(): void {
    for (let next = this.#bulk.take(this.#ahead); next !== undefined; next = this.#bulk.take(this.#ahead)) {
      this.#append(next.packet, next.bytes, next.rest.onSynced);
    }
  }

  stop(): void {
    this.#timer.stop();
  }

  #groupOf({ synced, sequence }: Appended): AcknowledgedGroup {
    if (this.#newest?.synced === synced) return this.#newest;
    const since = this.#clock.monotonic();
    const group: AcknowledgedGroup = { synced, since, first: sequence, packets: 0, bytes: 0, waiting: [] };
    this.#groups.add(group);
    this.#newest = group;
    synced.then(
      () => this.#complete(group, undefined),
      (error: unknown) => {
        if (!(error instanceof Fault)) throw error;
        this.#complete(group, error);
      },
    );
    return group;
  }

  #complete(group: AcknowledgedGroup, fault: Fault | undefined): void {
    this.#groups.delete(group);
    if (this.#newest === group) this.#newest = undefined;
    this.#grow(-group.packets, -group.bytes);
    this.#ahead -= group.bytes;
    this.#answer(group, fault);
    this.#appendQueued();
  }

  #grow(packets: number, bytes: number): void {
    this.#packets += packets;
    this.#bytes += bytes;
    this.#changed(this.bytes);
  }

  #answer(group: AcknowledgedGroup, fault: Fault | undefined): void {
    const { waiting } = group;
    group.waiting = [];
    for (const { onSynced, sequence } of waiting) onSynced(fault, sequence);
  }

  #answerLate(): void {
    const before = this.#clock.monotonic() - SYNC_TIMEOUT.ms;
    const fault = (): Fault =>
      new Fault('JOURNAL_WRITE_FAILED', `not synced within ${SYNC_TIMEOUT.ms / 1_000} s; check the disk`, {
        retry: true,
      });
    for (const group of this.#groups) {
      if (group.since > before) break;
      if (group.waiting.length === 0) continue;
      this.#log.error('sync timed out; senders are disconnected', {
        packets: group.waiting.length,
        first: group.first,
      });
      this.#answer(group, fault());
    }
    const isLate = ({ since }: { readonly since: number }): boolean => since <= before;
    for (let late = this.#bulk.takeIf(isLate); late !== undefined; late = this.#bulk.takeIf(isLate)) {
      this.#grow(-1, -late.bytes);
      late.rest.onSynced(fault(), 0);
    }
  }
}
