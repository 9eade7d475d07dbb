import type { Batch } from './batch.ts';
import type { ReaderName } from '#storage/operations/storing.ts';
import { type Duration, milliseconds } from '#model/base/duration.ts';

/** A batch that was prepared for whoever came first, and that the other reader will ask for. */
interface Shared {
  readonly after: number;
  readonly batch: Promise<Batch>;
  /** Known once it is read. */
  to: number | undefined;
}

/** The batch that a reader has in hand. */
interface InHand {
  readonly after: number;
  readonly to: number;
  /** Monotonic milliseconds. */
  readonly since: number;
}

/** How many batches the quicker reader may be ahead while the other is close behind: each takes memory. */
const AHEAD = 2;
/** How long the quicker one waits for the other: a store that is slow or away must not hold watch up. */
const PATIENCE: Duration = milliseconds(1_000);

/**
 * Lets one pass of decoding serve both readers. Whoever is at the head reads on and leaves the batch to the other; the
 * other, when it has fallen back, reads for itself up to where a shared batch begins, and so comes back into step.
 */
export class SharedBatches {
  #shared: Shared[] = [];
  readonly #inHand = new Map<ReaderName, InHand>();
  readonly #now: () => number;

  constructor(monotonic: () => number) {
    this.#now = monotonic;
  }

  find(after: number): Promise<Batch> | undefined {
    return this.#shared.find((each) => each.after === after)?.batch;
  }

  /** Where a reader that stands behind the head has to end its batch; undefined for whoever is at the head. */
  async boundary(after: number): Promise<number | undefined> {
    await Promise.allSettled(this.#shared.map(({ batch }) => batch));
    const all = this.#shared.flatMap((each) => [each.after, each.to ?? each.after]);
    const ahead = all.filter((each) => each > after);
    return ahead.length === 0 ? undefined : Math.min(...ahead);
  }

  /** Whether the reader at the head may read on, or had better wait for the other one to follow. */
  mayLead(leader: ReaderName): boolean {
    const [oldest] = this.#shared;
    const other = this.#inHand.get(leader === 'storing' ? 'alerting' : 'storing');
    if (oldest === undefined || other === undefined || this.#shared.length < AHEAD) return true;
    const isNext = other.after < oldest.after && other.to === oldest.after;
    return !isNext || this.#now() - other.since > PATIENCE.ms;
  }

  lead(after: number, batch: Promise<Batch>): void {
    const shared: Shared = { after, batch, to: undefined };
    if (this.#shared.at(-1)?.to !== after) this.#shared = [];
    this.#shared.push(shared);
    if (this.#shared.length > AHEAD) this.#shared.shift();
    batch.then(
      ({ to }) => {
        shared.to = to;
      },
      () => {
        this.#shared = this.#shared.filter((each) => each !== shared);
      },
    );
  }

  took(reader: ReaderName, { from, to }: Batch): void {
    this.#inHand.set(reader, { after: from - 1, to, since: this.#now() });
  }
}
