import type { Alert } from '#model/alerts/alert.ts';
import type { Channel } from './channel.ts';

/** A recipient of one channel. */
export interface Addressee {
  readonly channel: Channel;
  readonly recipient: string;
}

/** The recipients of an alert: those of the channels for people that its rule names, or of all of them. */
export const audienceOf = (alert: Pick<Alert, 'channels'>, channels: readonly Channel[]): readonly Addressee[] =>
  channels
    .filter(({ audience, name }) => audience === 'people' && (alert.channels?.includes(name) ?? true))
    .flatMap((channel) => channel.recipients.map((recipient) => ({ channel, recipient })));
