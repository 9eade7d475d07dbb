import { type ReadingKey, keyOf, type StoredValue } from '#storage/readings/store.ts';
import type { Instant } from '#model/base/instant.ts';

type LookUp = (keys: readonly ReadingKey[]) => Promise<ReadonlyMap<string, StoredValue>>;

/** A time that the store was asked about, or is to be asked about. */
interface Asked {
  readonly key: ReadingKey;
  isKnown: boolean;
  value: StoredValue | undefined;
}

/** Values that the store holds of one device, as far as it was asked; missing ones are noted, to be asked for together. */
export class DeviceValues {
  readonly #asked = new Map<string, Map<Instant, Asked>>();
  readonly #missing: Asked[];

  constructor(missing: Asked[]) {
    this.#missing = missing;
  }

  /** The value of a reading's property at a time; undefined where there is none, and where the store was not asked yet. */
  at(reading: ReadingKey, observedAt: Instant): StoredValue | undefined {
    return this.#of(reading, observedAt).value;
  }

  isKnown({ property }: ReadingKey, observedAt: Instant): boolean {
    return this.#asked.get(property)?.get(observedAt)?.isKnown === true;
  }

  #of(reading: ReadingKey, observedAt: Instant): Asked {
    let times = this.#asked.get(reading.property);
    if (times === undefined) this.#asked.set(reading.property, (times = new Map()));
    let asked = times.get(observedAt);
    if (asked === undefined) {
      const key = observedAt === reading.observedAt ? reading : { ...reading, observedAt };
      times.set(observedAt, (asked = { key, isKnown: false, value: undefined }));
      this.#missing.push(asked);
    }
    return asked;
  }
}

/** Values that the store holds of the devices of a batch. */
export class StoredValues {
  readonly #devices = new Map<string, DeviceValues>();
  readonly #missing: Asked[] = [];

  of(device: string): DeviceValues {
    let values = this.#devices.get(device);
    if (values === undefined) this.#devices.set(device, (values = new DeviceValues(this.#missing)));
    return values;
  }

  get isComplete(): boolean {
    return this.#missing.length === 0;
  }

  /** Asks for all that is missing, by one look-up. */
  async ask(lookUp: LookUp): Promise<void> {
    if (this.isComplete) return;
    const found = await lookUp(this.#missing.map(({ key }) => key));
    for (const asked of this.#missing) {
      asked.isKnown = true;
      asked.value = found.get(keyOf(asked.key));
    }
    this.#missing.length = 0;
  }
}
