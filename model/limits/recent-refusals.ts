import { days } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';
import { onOneLine } from '#model/base/printable.ts';
import type { RecentRefusal, RefusalCause } from './refusal.ts';

/** Older refusals are dropped. */
const OLDEST = days(7);

/** Refusals of one registered name, with and without the right secret: a stranger cannot displace those of the device itself. */
const OF_NAME = 10;

/** Refusals of one address under names that are not registered, and of all addresses. */
const OF_ADDRESS = 50;
const OF_STRANGERS = 1_000;

/** Characters of a text that a client chose. */
const CHARACTERS = 128;

/** A refusal, as it happens. */
export interface RefusalEvent {
  readonly cause: RefusalCause;
  /** User name or client id, as the client gave it. */
  readonly name?: string | undefined;
  /** True when the client proved that it is the registered device. */
  readonly isProven: boolean;
  readonly isRegistered: boolean;
  readonly client?: string | undefined;
  readonly address?: string | undefined;
  readonly detail?: string | undefined;
}

type Group = Map<string, RecentRefusal>;

const clean = (text: string | undefined): string | undefined =>
  text === undefined || text === '' ? undefined : onOneLine(text.slice(0, CHARACTERS));

const firstKey = <K>(map: ReadonlyMap<K, unknown>): K | undefined => map.keys().next().value;

/**
 * The newest refusals in memory since the start of the process, for the technician who asks why a device does not come. Equal ones are
 * counted as one. Their number is bounded for each registered name, for each address and in total, and so is their age.
 */
export class RecentRefusals {
  /** By registered name. The registry bounds their number. */
  readonly #ofDevices = new Map<string, Group>();
  /** By address; the least recent address is first. */
  readonly #ofStrangers = new Map<string, Group>();
  /** The last address of each registered name. */
  readonly #addresses = new Map<string, string>();
  readonly #now: () => Instant;
  /** Number of refusals in `#ofStrangers`. */
  #strangers = 0;

  constructor(now: () => Instant) {
    this.#now = now;
  }

  /** Notes the address from which a registered device connected. */
  connected(name: string, address: string | undefined): void {
    if (address !== undefined) this.#addresses.set(name, address);
  }

  note(event: RefusalEvent): void {
    const { cause, isProven, isRegistered } = event;
    const name = clean(event.name);
    const address = event.address ?? '';
    const group = this.#groupOf(isRegistered ? `${isProven ? 'proven' : 'claimed'} ${name}` : address, isRegistered);
    const key = JSON.stringify([cause, name, address]);
    const before = group.get(key);
    const at = this.#now();
    const size = group.size;
    // the newest is last
    group.delete(key);
    group.set(key, {
      cause,
      registered: isRegistered,
      name,
      client: clean(event.client),
      address: event.address,
      detail: clean(event.detail),
      firstAt: before?.firstAt ?? at,
      at,
      count: (before?.count ?? 0) + 1,
    });
    const oldest = firstKey(group);
    if (group.size > (isRegistered ? OF_NAME : OF_ADDRESS) && oldest !== undefined) group.delete(oldest);
    if (isRegistered) return;
    this.#strangers += group.size - size;
    this.#boundStrangers();
  }

  /** All that are not too old, the newest first. */
  all(): readonly RecentRefusal[] {
    const since = this.#now() - OLDEST.ms;
    return [...this.#ofDevices.values(), ...this.#ofStrangers.values()]
      .flatMap((group) => [...group.values()])
      .filter(({ at }) => at >= since)
      .toSorted((a, b) => b.at - a.at);
  }

  /** Those with this name, and those without a name from the addresses that this name came from. */
  of(name: string): readonly RecentRefusal[] {
    const all = this.all();
    const addresses = new Set([
      this.#addresses.get(name),
      ...all.map((one) => (one.name === name ? one.address : undefined)),
    ]);
    return all.filter((one) =>
      one.name === undefined ? one.address !== undefined && addresses.has(one.address) : one.name === name,
    );
  }

  #groupOf(key: string, isRegistered: boolean): Group {
    const groups = isRegistered ? this.#ofDevices : this.#ofStrangers;
    const group = groups.get(key) ?? new Map();
    groups.delete(key);
    groups.set(key, group);
    return group;
  }

  /** Drops the oldest refusals of the address that was refused least recently. */
  #boundStrangers(): void {
    for (const [address, group] of this.#ofStrangers) {
      if (this.#strangers <= OF_STRANGERS) return;
      this.#strangers -= group.size;
      this.#ofStrangers.delete(address);
    }
  }
}
