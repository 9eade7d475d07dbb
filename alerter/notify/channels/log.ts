import { z } from 'zod';
import type { Channel, ChannelDeps } from '#alerter/notify/channel.ts';
import { wordingOf } from '#alerter/notify/texts.ts';

/** `kind: log`: a line in the log of ingest. */
export const LogSettings = z.strictObject({ kind: z.literal('log'), enabled: z.boolean().prefault(true) });

export const LOG_RECIPIENTS: readonly string[] = ['log'];

/** A line of the log, in English as the log is. */
export const openLog = (name: string, { log }: ChannelDeps): Channel => ({
  name,
  audience: 'people',
  recipients: LOG_RECIPIENTS,
  knows: () => true,
  render: (notice) => wordingOf('en', notice).subject,
  send: async ({ body, key }) => log.warn('alert', { text: body, key }),
});
