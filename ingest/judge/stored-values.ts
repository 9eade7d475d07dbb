import { type ReadingKey, keyOf, type StoredValue } from '#ingest/store/store.ts';
import type { Instant } from '#model/instant.ts';

type LookUp = (keys: readonly ReadingKey[]) => Promise<ReadonlyMap<string, StoredValue>>;

const keyAt = ({ device, property }: ReadingKey, observedAt: Instant): string =>
  keyOf({ device, property, observedAt });

/** Values that the store holds, as far as it was asked; missing ones are noted, to be asked for together. */
export class StoredValues {
  readonly #asked = new Map<string, StoredValue | undefined>();
  readonly #missing = new Map<string, ReadingKey>();

  /** The value of a reading's property at a time; undefined where there is none, and where the store was not asked yet. */
  at(reading: ReadingKey, observedAt: Instant): StoredValue | undefined {
    const key = keyAt(reading, observedAt);
    const value = this.#asked.get(key);
    if (value === undefined && !this.#asked.has(key)) {
      this.#missing.set(key, observedAt === reading.observedAt ? reading : { ...reading, observedAt });
    }
    return value;
  }

  isKnown(reading: ReadingKey, observedAt: Instant): boolean {
    return this.#asked.has(keyAt(reading, observedAt));
  }

  get isComplete(): boolean {
    return this.#missing.size === 0;
  }

  /** Asks for all that is missing, by one look-up. */
  async ask(lookUp: LookUp): Promise<void> {
    if (this.isComplete) return;
    const found = await lookUp([...this.#missing.values()]);
    for (const key of this.#missing.keys()) this.#asked.set(key, found.get(key));
    this.#missing.clear();
  }
}
