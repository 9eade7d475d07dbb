import type { z } from 'zod';
import type { Clock } from '#model/base/clock.ts';
import type { Log } from '#model/base/log.ts';
import type { Notice } from './notice.ts';
import type { MessageLanguage } from './texts.ts';

/** A rendered message. */
export interface Sendable {
  readonly key: string;
  readonly recipient: string;
  readonly body: string;
  readonly isTest: boolean;
}

/** A way to notify people, or to publish a state. */
export interface Channel {
  /** Its name in the settings. */
  readonly name: string;
  /**
   * `people` are notified when an alert fires and when it ends, unless a silence mutes it. A `state` is published with each
   * change, under the topic of station and rule; only the newest counts.
   */
  readonly audience: 'people' | 'state';
  /** Each gets its messages in order; empty for a state. */
  readonly recipients: readonly string[];
  /** False for a recipient that is no longer in the settings: its messages are not sent. */
  knows(recipient: string): boolean;
  /** Pure: the text of a message is fixed in the transaction of its change. */
  render(notice: Notice, recipient: string): string;
  /**
   * Resolves when the receiver has accepted it.
   * @throws Fault `CHANNEL_UNREACHABLE` (retry) or `CHANNEL_REFUSED`
   */
  send(message: Sendable, signal: AbortSignal): Promise<void>;
}

/** Parts of the service that a channel may use. */
export interface ChannelDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Publishes through the broker. */
  readonly publish: (topic: string, payload: Uint8Array, retain: boolean, signal: AbortSignal) => Promise<void>;
}

export interface OpenChannelDeps extends ChannelDeps {
  /** Language of messages to recipients without one of their own. */
  readonly language: MessageLanguage;
  /** Address of the console; undefined where it is not set. */
  readonly link: string | undefined;
}

/** The settings that each kind of channel has. */
interface KindSettings {
  readonly kind: string;
  readonly enabled: boolean;
}

type SettingsSchema = z.ZodObject & z.ZodType<KindSettings>;

/** One kind of channel: its settings, its recipients, its sender and its line in the documentation. */
interface ChannelKind<Schema extends SettingsSchema> {
  /** The value of `kind` in the settings; also the name of its file. */
  readonly name: string;
  /** Its row of the table in docs/alerts.md. */
  readonly summary: string;
  /** True where it is in use unless the settings switch it off. */
  readonly isDefault: boolean;
  /** True where it needs a server elsewhere, so that `klawing doctor` reports whether messages arrive. */
  readonly isRemote: boolean;
  readonly settings: Schema;
  /** Recipients as messages and receipts call them; empty for a channel that shows a state. */
  readonly recipients: (settings: z.output<Schema>) => readonly string[];
  /** Connects nothing yet: the first message does. */
  readonly open: (name: string, settings: z.output<Schema>, deps: OpenChannelDeps) => Channel;
}

/** A kind of channel for the register. `configured` reads its settings and binds them to recipients and sender. */
export const defineChannel = <Schema extends SettingsSchema>(kind: ChannelKind<Schema>) => {
  const { name, summary, isDefault, isRemote, settings } = kind;
  const configured = settings.transform((given) => ({
    ...given,
    isRemote,
    recipients: kind.recipients(given),
    open: (called: string, deps: OpenChannelDeps): Channel => kind.open(called, given, deps),
  }));
  return { name, summary, isDefault, settings, configured };
};
