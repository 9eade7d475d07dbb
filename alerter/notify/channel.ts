import type { Clock } from '#model/base/clock.ts';
import type { Log } from '#model/base/log.ts';
import type { Notice } from './notice.ts';

/** A rendered message on its way. */
export interface Sendable {
  readonly key: string;
  readonly recipient: string;
  readonly body: string;
  readonly isTest: boolean;
}

/** A way to reach people, or to show a state. */
export interface Channel {
  /** As it is called in the settings. */
  readonly name: string;
  /**
   * `people` are told of what fires and of its end, and a silence spares them. A `state` is shown as it is, every
   * change of it, under the topic of station and rule; only the newest counts.
   */
  readonly audience: 'people' | 'state';
  /** Who is told, each in order; empty for a state. */
  readonly recipients: readonly string[];
  /** False for a recipient that is no longer in the settings: its messages are not sent. */
  knows(recipient: string): boolean;
  /** Pure: what is sent is fixed in the transaction of the change that it tells. */
  render(notice: Notice, recipient: string): string;
  /**
   * Resolves when the other side has taken it.
   * @throws Fault `CHANNEL_UNREACHABLE` (retry) or `CHANNEL_REFUSED`
   */
  send(message: Sendable, signal: AbortSignal): Promise<void>;
}

export interface ChannelDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Publishes through the broker, retained unless told otherwise. */
  readonly publish: (topic: string, payload: Uint8Array, retain: boolean, signal: AbortSignal) => Promise<void>;
}
