import type { Instant } from '#model/base/instant.ts';

/** A device or gateway that connects with an unsupported version of MQTT. */
export interface OtherVersion {
  readonly sender: string;
  /** Protocol level of its CONNECT: 5 is MQTT 5. */
  readonly level: number;
  /** Time of its last attempt. */
  readonly at: Instant;
}

/** Senders that connected with an unsupported version since the start of the broker, and not with a supported one since. The registry bounds their number. */
export class OtherVersions {
  readonly #refused = new Map<string, OtherVersion>();

  refused(sender: string, level: number, at: Instant): void {
    this.#refused.set(sender, { sender, level, at });
  }

  /** The sender has connected with a supported version. */
  accepted(sender: string): void {
    this.#refused.delete(sender);
  }

  all(): readonly OtherVersion[] {
    return [...this.#refused.values()];
  }
}
