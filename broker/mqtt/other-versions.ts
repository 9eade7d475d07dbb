import type { Instant } from '#model/base/instant.ts';

/** A device or gateway that asks for a version of MQTT that is not spoken here. */
export interface OtherVersion {
  readonly sender: string;
  /** Protocol level of its CONNECT: 5 is MQTT 5. */
  readonly level: number;
  /** When it asked last. */
  readonly at: Instant;
}

/** Who asked for another version since the broker was started, and not for one that is spoken since. The registry bounds it. */
export class OtherVersions {
  readonly #asked = new Map<string, OtherVersion>();

  asked(sender: string, level: number, at: Instant): void {
    this.#asked.set(sender, { sender, level, at });
  }

  /** It has come with one that is spoken. */
  spoken(sender: string): void {
    this.#asked.delete(sender);
  }

  all(): readonly OtherVersion[] {
    return [...this.#asked.values()];
  }
}
