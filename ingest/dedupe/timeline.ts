import type { Identity } from '#ingest/batch.ts';
import type { DeviceWatermark, Classification } from '#storage/operations/storing.ts';
import type { Instant } from '#model/base/instant.ts';
import { isAmount } from '#model/families/index.ts';
import type { Reading } from '#model/readings/reading.ts';
import { withoutId } from './identity.ts';
import type { PastTimes } from './past-times.ts';
import type { DeviceValues } from './stored-values.ts';

/**
 * A millisecond that is further away than this from the time that a reading came with is not looked for: ten thousand
 * readings of one property are in between. It is stored behind everything that its device has.
 */
const FARTHEST_MS = 10_000;
/** Milliseconds that are asked for together when the first one is taken. */
const AHEAD = 16;

/** A reading of this batch that holds a property at a time. */
interface TimeHolder {
  /** Undefined where its property and time say all, or nothing tells it from another. */
  readonly identity: string | undefined;
  readonly isTimed: boolean;
  readonly position: number;
  readonly value: number;
}

/** The time of a reading is held by the same reading, by another one, or by none. */
type FoundReading = 'this' | 'other' | 'nothing';

/** The final time and the classification of one reading. */
export interface Placement {
  readonly observedAt: Instant;
  readonly classification: Classification;
  /** Position of the reading of this batch whose value it replaces. */
  readonly replaced?: number;
}

/** For each property the next time that nobody holds, found by path compression. */
class FreeTimes {
  readonly #next = new Map<string, Map<Instant, Instant>>();

  take(property: string, at: Instant): void {
    let next = this.#next.get(property);
    if (next === undefined) this.#next.set(property, (next = new Map()));
    next.set(at, at + 1);
  }

  from(property: string, at: Instant): Instant {
    const next = this.#next.get(property);
    if (next === undefined) return at;
    let free = at;
    for (let step = next.get(free); step !== undefined; step = next.get(free)) free = step;
    for (let each = at; each < free; ) {
      const step = next.get(each) ?? free;
      next.set(each, free);
      each = step;
    }
    return free;
  }
}

/**
 * Places the readings of one device in time, in the order of their arrival: the same key is a duplicate or a revision, and a
 * reading whose time another one holds goes to the next free millisecond. The same readings in the same order, with
 * the same values in the store, are placed alike.
 */
export class Timeline {
  readonly #past: PastTimes;
  readonly #stored: DeviceValues;
  /** Newest time of the device before this batch: the store holds nothing behind it. */
  readonly #before: Instant;
  readonly #forgotten: Instant;
  #newest: Instant;
  readonly #holders = new Map<string, Map<Instant, TimeHolder>>();
  readonly #free = new FreeTimes();
  /** Times of this batch by identity, then by property. */
  readonly #own = new Map<string, { readonly content: string; readonly times: Map<string, Instant> }>();
  /** Times of which the later ones that were assigned are noted as taken. */
  readonly #noted = new Set<Instant>();

  constructor({ newest, forgotten }: Omit<DeviceWatermark, 'device'>, past: PastTimes, stored: DeviceValues) {
    this.#before = newest;
    this.#newest = newest;
    this.#forgotten = forgotten;
    this.#past = past;
    this.#stored = stored;
  }

  /**
   * @param identity of its observation; undefined where there is none
   * @param isAgain the reading may be a redelivery
   */
  place(reading: Reading, position: number, identity: Identity | undefined, isAgain: boolean): Placement {
    const isTimed = reading.timedBy !== 'arrival';
    const own = isAgain ? this.#ownTime(reading, identity) : undefined;
    if (own !== undefined) {
      return isTimed
        ? this.#compare(reading, position, own, identity)
        : { observedAt: own, classification: 'duplicate' };
    }
    if (isTimed) {
      const found = this.#find(reading, identity);
      if (found === 'this') return this.#compare(reading, position, reading.observedAt, identity);
      if (found === 'nothing') return this.#take(reading, position, reading.observedAt, identity);
      this.#free.take(reading.property, reading.observedAt);
    }
    return this.#move(reading, position, identity);
  }

  /** Which reading holds the time that this one came with. */
  #find(reading: Reading, identity: Identity | undefined): FoundReading {
    const { property, observedAt } = reading;
    const holder = this.#holders.get(property)?.get(observedAt);
    if (holder !== undefined) return isSame(holder, keyIdentity(reading, identity)) ? 'this' : 'other';
    if (observedAt > this.#before) return 'nothing';
    if (this.#past.heldAt(observedAt).properties.has(property)) return 'other';
    const stored = this.#stored.at(reading, observedAt);
    if (stored === undefined) return 'nothing';
    return stored.timedBy === 'device' && this.#isStored(reading, stored.value, identity) ? 'this' : 'other';
  }

  /** Whether the stored reading came without an id, or its id is remembered no more: then another value is another reading. */
  #isStored(reading: Reading, stored: number, identity: Identity | undefined): boolean {
    const isEqual = stored === reading.value;
    if (identity === undefined) return isEqual || !isAmount(reading);
    return isEqual && reading.observedAt <= this.#forgotten;
  }

  /** The same reading as one that holds a time: a duplicate, or a revision. */
  #compare(reading: Reading, position: number, observedAt: Instant, identity: Identity | undefined): Placement {
    const holder = this.#holders.get(reading.property)?.get(observedAt);
    const before = holder ?? (observedAt > this.#before ? undefined : this.#stored.at(reading, observedAt));
    if (before === undefined) return this.#take(reading, position, observedAt, identity);
    if (before.value === reading.value) return { observedAt, classification: 'duplicate' };
    this.#hold(reading, position, observedAt, identity);
    return { observedAt, classification: 'revised', ...(holder === undefined ? {} : { replaced: holder.position }) };
  }

  #take(reading: Reading, position: number, observedAt: Instant, identity: Identity | undefined): Placement {
    this.#hold(reading, position, observedAt, identity);
    return { observedAt, classification: 'new' };
  }

  /** Stores a reading at the next millisecond that nobody holds. */
  // oxlint-disable-next-line complexity -- one condition for each case of a moved reading
  #move(reading: Reading, position: number, identity: Identity | undefined): Placement {
    const { property, observedAt: own, value } = reading;
    const isTimed = reading.timedBy !== 'arrival';
    if (isTimed) this.#noteMoved(own);
    for (let at = this.#free.from(property, own); ; at = this.#free.from(property, at)) {
      if (at - own > FARTHEST_MS && at <= this.#newest) at = this.#free.from(property, this.#newest + 1);
      const isHeld = this.#holders.get(property)?.has(at) === true;
      const stored = isHeld || at > this.#before ? undefined : this.#storedFrom(reading, at);
      if (!isHeld && stored === undefined) return this.#take(reading, position, at, identity);
      // a reading that was moved here before, and is remembered no more
      if (own <= this.#forgotten && stored?.timedBy === 'shifted' && stored.value === value) {
        return { observedAt: at, classification: 'duplicate' };
      }
      this.#free.take(property, at);
    }
  }

  /** The value that the store holds at a time. The times behind it are asked for together, more of them the further it is. */
  #storedFrom(reading: Reading, at: Instant): ReturnType<DeviceValues['at']> {
    if (!this.#stored.isKnown(reading, at)) {
      const last = Math.min(this.#before, at + Math.max(AHEAD, at - reading.observedAt));
      for (let each = at; each <= last; each += 1) this.#stored.at(reading, each);
    }
    return this.#stored.at(reading, at);
  }

  /** Readings that came with this time and were moved before: their times need no look-up. */
  #noteMoved(time: Instant): void {
    if (this.#noted.has(time)) return;
    this.#noted.add(time);
    for (const { properties, observedAt } of this.#past.heldAt(time).moved) {
      for (const property of properties) this.#free.take(property, observedAt);
    }
  }

  #hold(reading: Reading, position: number, observedAt: Instant, identity: Identity | undefined): void {
    const { property, value } = reading;
    const isTimed = reading.timedBy !== 'arrival';
    const isMoved = isTimed && observedAt !== reading.observedAt;
    const known = isMoved ? (identity ?? withoutId(reading)) : keyIdentity(reading, identity);
    let holders = this.#holders.get(property);
    if (holders === undefined) this.#holders.set(property, (holders = new Map()));
    holders.set(observedAt, { identity: known?.name, isTimed, position, value });
    this.#newest = Math.max(this.#newest, observedAt);
    if (known !== undefined) this.#note(known, property, observedAt);
  }

  #note({ name, content }: Identity, property: string, observedAt: Instant): void {
    let own = this.#own.get(name);
    if (own?.content !== content) this.#own.set(name, (own = { content, times: new Map() }));
    own.times.set(property, observedAt);
  }

  #ownTime(reading: Reading, identity: Identity | undefined): Instant | undefined {
    if (identity !== undefined) return this.#timeOf(identity, reading.property);
    // without an id only what was moved has an identity
    if (this.#own.size === 0 && this.#past.isEmpty) return undefined;
    return this.#timeOf(withoutId(reading), reading.property);
  }

  #timeOf(identity: Identity, property: string): Instant | undefined {
    const own = this.#own.get(identity.name);
    // the name stands for another packet by now: what was known under it before is over
    if (own !== undefined && own.content !== identity.content) return undefined;
    return own?.times.get(property) ?? this.#past.timeOf(identity, property);
  }
}

/** The identity of a reading at the time that it came with; undefined where its property and time say all. */
const keyIdentity = (reading: Reading, identity: Identity | undefined): Identity | undefined =>
  identity ?? (reading.timedBy !== 'arrival' && isAmount(reading) ? withoutId(reading) : undefined);

/** A reading with a time has the same key as another one with the same id, or as another one without. */
const isSame = ({ identity, isTimed }: TimeHolder, other: Identity | undefined): boolean =>
  isTimed && identity === other?.name;
