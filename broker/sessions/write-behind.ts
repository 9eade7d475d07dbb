import type { Clock } from '#model/base/clock.ts';
import { milliseconds, seconds } from '#model/base/duration.ts';
import type { Log } from '#model/base/log.ts';
import type { Disk, DiskChange } from './disk.ts';

/** Makes the bytes of a record when they are written, not before: most changes are overtaken by the next. */
export type Encode = () => Buffer;

export interface WriteBehindDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Undefined: everything stays in memory. */
  readonly disk: Disk | undefined;
  /** Every record as it is now, for the time after the disk failed. */
  readonly all: () => Iterable<readonly [key: string, encode: Encode]>;
}

/** How long a change may wait that nobody waits for. A message delivered within it is never written at all. */
const LAZY = milliseconds(250);
const AFTER_FAILURE = seconds(5);

/**
 * Brings changes of records to disk behind the caller's back, one synced batch at a time. When the disk fails, memory
 * goes on alone, and everything is written anew once it works again.
 */
export class WriteBehind {
  readonly #deps: WriteBehindDeps;
  readonly #onDisk: Set<string>;
  #pending = new Map<string, Encode | undefined>();
  #writing: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  /** Keys of the batch that is being written. */
  #underWay: ReadonlySet<string> = new Set();
  #isFailed = false;
  #isTimed = false;
  #isStopped = false;

  constructor(deps: WriteBehindDeps) {
    this.#deps = deps;
    this.#onDisk = new Set(deps.disk?.found.keys());
  }

  put(key: string, encode: Encode): void {
    this.#change(key, encode);
  }

  remove(key: string): void {
    if (this.#onDisk.has(key)) this.#change(key, undefined);
    else this.#pending.delete(key);
  }

  /** Resolves once everything changed so far is synced, or the disk has failed. Callers share one batch. */
  synced(): Promise<void> {
    if (this.#pending.size === 0) return this.#writing ?? Promise.resolve();
    this.#next ??= this.#writeNext();
    return this.#next;
  }

  /** The same for one record: at once where no change of it is waiting. */
  settled(key: string): Promise<void> {
    if (this.#pending.has(key)) return this.synced();
    return (this.#underWay.has(key) ? this.#writing : undefined) ?? Promise.resolve();
  }

  /** Writes what is pending and closes the disk. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    await this.synced();
    this.#isStopped = true;
    await this.#writing;
    await this.#deps.disk?.close();
  }

  #change(key: string, encode: Encode | undefined): void {
    if (this.#deps.disk === undefined || this.#isFailed || this.#isStopped) return;
    this.#pending.set(key, encode);
    if (this.#isTimed) return;
    this.#isTimed = true;
    this.#deps.clock.after(LAZY, () => {
      this.#isTimed = false;
      void this.synced();
    });
  }

  async #writeNext(): Promise<void> {
    await this.#writing;
    this.#next = undefined;
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
  }

  async #write(): Promise<void> {
    const { disk, log } = this.#deps;
    const changes: DiskChange[] = [...this.#pending].map(([key, encode]) => ({ key, value: encode?.() }));
    this.#underWay = new Set(this.#pending.keys());
    this.#pending = new Map();
    for (const { key, value } of changes) {
      if (value === undefined) this.#onDisk.delete(key);
      else this.#onDisk.add(key);
    }
    try {
      await disk?.write(changes);
    } catch (error) {
      this.#failed();
      log.error('kept sessions are not on disk', { error: error instanceof Error ? error.message : String(error) });
    }
    this.#underWay = new Set();
  }

  #failed(): void {
    this.#isFailed = true;
    this.#pending.clear();
    this.#deps.clock.after(AFTER_FAILURE, () => {
      this.#writing = this.#writeAll().finally(() => {
        this.#writing = undefined;
      });
    });
  }

  async #writeAll(): Promise<void> {
    if (this.#isStopped) return;
    const { disk, log, all } = this.#deps;
    const changes = [...all()].map(([key, encode]) => ({ key, value: encode() }));
    this.#isFailed = false;
    this.#onDisk.clear();
    for (const { key } of changes) this.#onDisk.add(key);
    try {
      await disk?.replace(changes);
      log.info('kept sessions are on disk again');
    } catch {
      this.#failed();
    }
  }
}
