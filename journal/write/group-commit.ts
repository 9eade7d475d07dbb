import { hourOf } from '#model/base/instant.ts';
import { Fault } from '#model/base/fault.ts';
import type { Packet } from '#model/readings/packet.ts';
import type { Appended } from '#journal/journal.ts';
import { chunkOf, encodeFrame, frameBound, type Chunk } from '#journal/format/frame.ts';

/** Packets that are written and synced together, and share one promise `synced`. */
export interface CommitGroup {
  readonly first: number;
  readonly last: number;
  /** The encoded frames, valid until the end of the commit. */
  readonly bytes: Uint8Array;
  /** Senders and hours of arrival of the packets of kind `readings`, side by side. */
  readonly senders: readonly string[];
  readonly hours: readonly number[];
}

export interface GroupCommit {
  append(packet: Packet): Appended;
  /** Bytes that are not synced yet. */
  pendingBytes(): number;
  /** Resolves when nothing is pending. */
  drain(): Promise<void>;
}

const START_BYTES = 2 ** 18;
/** A larger buffer, of a burst, is not kept. */
const KEEP_BYTES = 2 ** 23;
/** Buffers to keep: one is written while the other one is filled. */
const SPARES = 2;

class OpenGroup {
  readonly first: number;
  chunk: Chunk;
  length = 0;
  count = 0;
  readonly senders: string[] = [];
  readonly hours: number[] = [];
  private readonly outcome = Promise.withResolvers<void>();
  readonly synced = this.outcome.promise;
  readonly resolve = this.outcome.resolve;
  readonly reject = this.outcome.reject;

  constructor(first: number, chunk: Chunk) {
    this.first = first;
    this.chunk = chunk;
    // a caller may drop the promise, as for QoS 0; the failure is logged by the writer
    this.synced.catch(() => undefined);
  }

  add(packet: Packet, seed: number): number {
    const bound = this.length + frameBound(packet);
    if (bound > this.chunk.bytes.length) this.grow(bound);
    const sequence = this.first + this.count;
    this.length += encodeFrame(this.chunk, this.length, sequence, packet, seed);
    this.count += 1;
    if (packet.kind === 'readings') {
      this.senders.push(packet.sender);
      this.hours.push(hourOf(packet.receivedAt));
    }
    return sequence;
  }

  private grow(bound: number): void {
    const bytes = Buffer.allocUnsafeSlow(Math.max(bound, 2 * this.chunk.bytes.length));
    this.chunk.bytes.copy(bytes, 0, 0, this.length);
    this.chunk = chunkOf(bytes);
  }

  close(): CommitGroup {
    const { first, count, senders, hours } = this;
    return { first, last: first + count - 1, bytes: this.chunk.bytes.subarray(0, this.length), senders, hours };
  }
}

/**
 * Collects packets while one group is being written, and writes them as the next group. Under load a sync covers many
 * packets, and a single packet does not wait.
 * @param last number of the newest entry on disk
 * @param commit writes and syncs a group; when it throws a `Fault`, the group and the packets collected after it are rejected,
 * and their numbers are assigned again
 */
export const createGroupCommit = (
  last: number,
  seed: number,
  commit: (group: CommitGroup) => Promise<void>,
): GroupCommit => {
  let next = last + 1;
  let open: OpenGroup | undefined;
  let inFlight: OpenGroup | undefined;
  let running: Promise<void> | undefined;
  const spares: Chunk[] = [];

  const write = async (group: OpenGroup): Promise<void> => {
    try {
      await commit(group.close());
      inFlight = undefined;
      group.resolve();
    } catch (error) {
      inFlight = undefined;
      group.reject(error);
      open?.reject(error);
      open = undefined;
      next = group.first;
      if (!(error instanceof Fault)) throw error;
    }
    if (group.chunk.bytes.length <= KEEP_BYTES && spares.length < SPARES) spares.push(group.chunk);
  };

  const run = async (): Promise<void> => {
    await Promise.resolve(); // packets of the same turn of the event loop are in the first group
    while (open !== undefined) {
      inFlight = open;
      open = undefined;
      await write(inFlight);
    }
    running = undefined;
  };

  const openGroup = (): OpenGroup => {
    open = new OpenGroup(next, spares.pop() ?? chunkOf(Buffer.allocUnsafeSlow(START_BYTES)));
    return open;
  };

  return {
    append: (packet) => {
      const group = open ?? openGroup();
      const sequence = group.add(packet, seed);
      next = sequence + 1;
      running ??= run();
      return { sequence, synced: group.synced };
    },
    pendingBytes: () => (open?.length ?? 0) + (inFlight?.length ?? 0),
    drain: async () => {
      while (running !== undefined) await running;
    },
  };
};
