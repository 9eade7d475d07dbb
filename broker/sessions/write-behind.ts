import type { Clock } from '#model/base/clock.ts';
import { milliseconds, seconds } from '#model/base/duration.ts';
import type { Log } from '#model/base/log.ts';
import type { Disk, DiskChange } from './disk.ts';

/** Encodes a record when it is written, because most changes are replaced before by the next one. */
export type EncodeRecord = () => Buffer;

export interface WriteBehindDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Undefined keeps all records in memory only. */
  readonly disk: Disk | undefined;
  /** All current records, to write them again after a failure of the disk. */
  readonly all: () => Iterable<readonly [key: string, encode: EncodeRecord]>;
}

/** Delay of a write that is not awaited. A message that is delivered within it is never written. */
const DELAY = milliseconds(250);
const RETRY_AFTER = seconds(5);

/**
 * Writes changes of records to disk asynchronously, one synced batch at a time. After a failure of the disk the records stay in
 * memory, and all of them are written again when the disk works.
 */
export class WriteBehind {
  readonly #deps: WriteBehindDeps;
  readonly #onDisk: Set<string>;
  #pending = new Map<string, EncodeRecord | undefined>();
  #writing: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  /** Keys of the batch that is being written. */
  #inFlight: ReadonlySet<string> = new Set();
  #isFailed = false;
  #isTimed = false;
  #isStopped = false;

  constructor(deps: WriteBehindDeps) {
    this.#deps = deps;
    this.#onDisk = new Set(deps.disk?.found.keys());
  }

  put(key: string, encode: EncodeRecord): void {
    this.#change(key, encode);
  }

  remove(key: string): void {
    if (this.#onDisk.has(key)) this.#change(key, undefined);
    else this.#pending.delete(key);
  }

  /** Resolves when all changes so far are synced, or the disk has failed. Callers share one batch. */
  synced(): Promise<void> {
    if (this.#pending.size === 0) return this.#writing ?? Promise.resolve();
    this.#next ??= this.#writeNext();
    return this.#next;
  }

  /** Resolves when one record is synced: at once without a pending change. */
  written(key: string): Promise<void> {
    if (this.#pending.has(key)) return this.synced();
    return (this.#inFlight.has(key) ? this.#writing : undefined) ?? Promise.resolve();
  }

  /** Writes the pending changes and closes the disk. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    await this.synced();
    this.#isStopped = true;
    await this.#writing;
    await this.#deps.disk?.close();
  }

  #change(key: string, encode: EncodeRecord | undefined): void {
    if (this.#deps.disk === undefined || this.#isFailed || this.#isStopped) return;
    this.#pending.set(key, encode);
    if (this.#isTimed) return;
    this.#isTimed = true;
    this.#deps.clock.after(DELAY, () => {
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
    this.#inFlight = new Set(this.#pending.keys());
    this.#pending = new Map();
    for (const { key, value } of changes) {
      if (value === undefined) this.#onDisk.delete(key);
      else this.#onDisk.add(key);
    }
    try {
      await disk?.write(changes);
    } catch (error) {
      this.#failed();
      log.error('persistent sessions could not be written', {
        error: error instanceof Error ? error.message : String(error),
      });
    }
    this.#inFlight = new Set();
  }

  #failed(): void {
    this.#isFailed = true;
    this.#pending.clear();
    this.#deps.clock.after(RETRY_AFTER, () => {
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
      log.info('persistent sessions are on disk again');
    } catch {
      this.#failed();
    }
  }
}
