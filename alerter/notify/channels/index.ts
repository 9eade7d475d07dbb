import { z } from 'zod';
import type { Channel } from '#alerter/notify/channel.ts';
import { type EmailDeps, EmailSettings, openEmail } from './email.ts';
import { LogSettings, openLog } from './log.ts';
import { MqttSettings, openMqtt } from './mqtt.ts';
import { WebhookSettings, openWebhook } from './webhook.ts';

/** One of `alerts.channels` in `klawing.yaml`: which kind, and its settings. */
export const ChannelSettings = z.discriminatedUnion('kind', [
  LogSettings,
  EmailSettings,
  WebhookSettings,
  MqttSettings,
]);
export type ChannelSettings = z.infer<typeof ChannelSettings>;

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
