import type { Alert } from '#model/alerts/alert.ts';
import type { Channel } from './channel.ts';

/** One whom an alert concerns, by the channel that reaches them. */
export interface Addressee {
  readonly channel: Channel;
  readonly recipient: string;
}

/** Whom an alert is told: everyone of the channels for people that its rule names, or of all of them. */
export const audienceOf = (alert: Pick<Alert, 'channels'>, channels: readonly Channel[]): readonly Addressee[] =>
  channels
    .filter(({ audience, name }) => audience === 'people' && (alert.channels?.includes(name) ?? true))
    .flatMap((channel) => channel.recipients.map((recipient) => ({ channel, recipient })));
