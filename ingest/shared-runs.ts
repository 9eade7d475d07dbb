import type { EntryRun } from './batch.ts';
import type { ReaderName } from '#storage/operations/reader-name.ts';
import { type Duration, milliseconds } from '#model/base/duration.ts';

/** Entries that were read for one reader, and that the other one will ask for. */
interface Shared {
  readonly after: number;
  readonly run: Promise<EntryRun>;
  /** Known once they are read. */
  to: number | undefined;
}

/** The entries that a reader works on. */
interface InHand {
  readonly after: number;
  readonly to: number;
  /** Monotonic milliseconds. */
  readonly since: number;
}

/** Runs of entries by which the quicker reader may be ahead while the other is close behind: each takes memory. */
const AHEAD = 2;
/** Time for which the quicker one waits for the other: a store that is slow or away must not hold up alerts. */
const PATIENCE: Duration = milliseconds(1_000);

/**
 * Lets the entries that one reader has read serve the other too. The reader at the head reads on and leaves the run to the
 * other. A reader that has fallen back reads by itself up to the beginning of a shared run, and so comes back into step.
 */
export class SharedRuns {
  #shared: Shared[] = [];
  readonly #inHand = new Map<ReaderName, InHand>();
  readonly #now: () => number;

  constructor(monotonic: () => number) {
    this.#now = monotonic;
  }

  find(after: number): Promise<EntryRun> | undefined {
    return this.#shared.find((each) => each.after === after)?.run;
  }

  /** Entry at which a reader behind the head has to end its run; undefined for the reader at the head. */
  async boundary(after: number): Promise<number | undefined> {
    await Promise.allSettled(this.#shared.map(({ run }) => run));
    const all = this.#shared.flatMap((each) => [each.after, each.to ?? each.after]);
    const ahead = all.filter((each) => each > after);
    return ahead.length === 0 ? undefined : Math.min(...ahead);
  }

  /** Whether the reader at the head may read on, or has to wait for the other one to follow. */
  mayLead(leader: ReaderName): boolean {
    const [oldest] = this.#shared;
    const other = this.#inHand.get(leader === 'storing' ? 'alerting' : 'storing');
    if (oldest === undefined || other === undefined || this.#shared.length < AHEAD) return true;
    const isNext = other.after < oldest.after && other.to === oldest.after;
    return !isNext || this.#now() - other.since > PATIENCE.ms;
  }

  lead(after: number, run: Promise<EntryRun>): void {
    const shared: Shared = { after, run, to: undefined };
    if (this.#shared.at(-1)?.to !== after) this.#shared = [];
    this.#shared.push(shared);
    if (this.#shared.length > AHEAD) this.#shared.shift();
    run.then(
      ({ to }) => {
        shared.to = to;
      },
      () => {
        this.#shared = this.#shared.filter((each) => each !== shared);
      },
    );
  }

  took(reader: ReaderName, { from, to }: EntryRun): void {
    this.#inHand.set(reader, { after: from - 1, to, since: this.#now() });
  }
}
