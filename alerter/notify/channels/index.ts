import { z } from 'zod';
import type { Channel } from '#alerter/notify/channel.ts';
import { type EmailDeps, emailRecipients, EmailSettings, openEmail } from './email.ts';
import { LOG_RECIPIENTS, LogSettings, openLog } from './log.ts';
import { MqttSettings, openMqtt } from './mqtt.ts';
import { WebhookSettings, openWebhook, webhookRecipients } from './webhook.ts';

/** One of `alerts.channels` in `klawing.yaml`: which kind, and its settings. */
export const ChannelSettings = z.discriminatedUnion('kind', [
  LogSettings,
  EmailSettings,
  WebhookSettings,
  MqttSettings,
]);
export type ChannelSettings = z.infer<typeof ChannelSettings>;

/** Who is told by a channel with these settings, as the channel calls them; empty where it shows a state. */
export const recipientsOf = (settings: ChannelSettings): readonly string[] => {
  switch (settings.kind) {
    case 'log':
      return LOG_RECIPIENTS;
    case 'email':
      return emailRecipients(settings);
    case 'webhook':
      return webhookRecipients(settings);
    case 'mqtt':
      return [];
  }
};

/** Every channel there is. A new one is a schema above and a line here. It opens nothing yet: the first send connects. */
export const openChannel = (name: string, settings: ChannelSettings, deps: EmailDeps): Channel => {
  switch (settings.kind) {
    case 'log':
      return openLog(name, deps);
    case 'email':
      return openEmail(name, settings, deps);
    case 'webhook':
      return openWebhook(name, settings, deps);
    case 'mqtt':
      return openMqtt(name, deps);
  }
};
