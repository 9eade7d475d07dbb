import type { AlertChange } from '#model/alert.ts';
import type { Channel } from '#alerter/notify/channel.ts';
import type { Facts } from '#alerter/notify/facts.ts';

/** A change with the one whom it is for. */
export interface Addressed {
  readonly change: AlertChange;
  readonly channel: Channel;
  readonly recipient: string;
}

/** Which of the channels for people a change goes to: those that its rule names, or all of them. */
export const choose = (changes: readonly AlertChange[], { channels }: Facts): readonly Addressed[] =>
  changes.flatMap((change) =>
    channels
      .filter(({ audience, name }) => audience === 'people' && (change.alert.channels?.includes(name) ?? true))
      .flatMap((channel) => channel.recipients.map((recipient) => ({ change, channel, recipient }))),
  );
