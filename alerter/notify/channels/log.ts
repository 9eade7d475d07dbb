import { z } from 'zod';
import { defineChannel } from '#alerter/notify/channel.ts';
import { wordingOf } from '#alerter/notify/texts.ts';

const LogSettings = z.strictObject({ kind: z.literal('log'), enabled: z.boolean().prefault(true) });

const RECIPIENTS: readonly string[] = ['log'];

/** `kind: log`: a line in the log of the service, in English as the log is. */
export const log = defineChannel({
  name: 'log',
  summary: 'a line in the log',
  isDefault: true,
  isRemote: false,
  settings: LogSettings,
  recipients: () => RECIPIENTS,
  open: (name, _, deps) => ({
    name,
    audience: 'people',
    recipients: RECIPIENTS,
    knows: () => true,
    render: (notice) => wordingOf('en', notice).subject,
    send: async ({ body, key }) => deps.log.warn('alert', { text: body, key }),
  }),
});
