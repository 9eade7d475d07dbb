import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { httpUrlSetting } from '#model/base/setting.ts';
import { defineChannel, type Sendable } from '#alerter/notify/channel.ts';
import { documentOf } from '#alerter/notify/notice.ts';
import { type Duration, seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import { CHOSEN_SECRET_LENGTH, Secret } from '#model/base/secret.ts';

const WebhookSettings = z.strictObject({
  kind: z.literal('webhook'),
  enabled: z.boolean().prefault(true),
  url: httpUrlSetting.meta({
    description: 'Address that alerts are posted to.',
    examples: ['https://posko.example.go.id/klawing'],
  }),
  secret: z
    .string({ error: 'a webhook is signed, so it needs a secret; write a text of 16 characters or more' })
    .min(CHOSEN_SECRET_LENGTH, `${CHOSEN_SECRET_LENGTH} characters or more`)
    .transform((text) => new Secret(text))
    .meta({
      description: 'Key of the signature, 16 characters or more.',
      examples: ['a-text-of-16-characters-or-more'],
    }),
});

/** The origin of the address alone, because its path may be a secret. */
const recipientsOf = ({ url }: z.infer<typeof WebhookSettings>): readonly string[] => [new URL(url).origin];

/** Statuses below 500 after which another try may help: time-out, too early, too many requests. */
const RETRIED: ReadonlySet<number> = new Set([408, 425, 429]);

/** The signature of a body at a time: HMAC-SHA-256 of `<timestamp>.<body>` in hexadecimal digits. */
const signatureOf = (secret: Secret, timestamp: number, body: string): string =>
  `sha256=${createHmac('sha256', secret.reveal()).update(`${timestamp}.${body}`).digest('hex')}`;

/** `Retry-After` as a count of seconds; the form with a date is left alone. */
const askedFor = (response: Response): Duration | undefined => {
  const text = response.headers.get('retry-after') ?? '';
  return /^\d+$/.test(text) ? seconds(Number(text)) : undefined;
};

const check = (name: string, response: Response): void => {
  const { status, ok } = response;
  if (ok) return;
  if (status >= 500 || RETRIED.has(status)) {
    throw new Fault('CHANNEL_UNREACHABLE', `${name} answered ${status}`, {
      retry: true,
      retryAfter: askedFor(response),
    });
  }
  const why = status >= 300 && status < 400 ? `${status}, a redirect; give the address it leads to` : status;
  throw new Fault('CHANNEL_REFUSED', `${name} answered ${why}`);
};

const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return error instanceof Error ? error.message : String(error);
};

const post = async (url: string, { key, body }: Sendable, headers: Record<string, string>, signal: AbortSignal) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key, ...headers },
    body,
    redirect: 'manual',
    signal,
  });

/**
 * `kind: webhook`: posts JSON, signed. Each try carries `X-Klawing-Timestamp` (seconds since 1970), `X-Klawing-Signature` over it and the
 * body, and `Idempotency-Key`, the same for every try at one message.
 */
export const webhook = defineChannel({
  name: 'webhook',
  summary: 'JSON, signed',
  isDefault: false,
  isRemote: true,
  settings: WebhookSettings,
  recipients: recipientsOf,
  open: (name, settings, { clock }) => ({
    name,
    audience: 'people',
    recipients: recipientsOf(settings),
    // there is one address, so that a message of before a change of the settings goes to the new one
    knows: () => true,
    render: documentOf,
    send: async (message, signal) => {
      const timestamp = Math.floor(clock.now() / 1_000);
      const signature = signatureOf(settings.secret, timestamp, message.body);
      const headers = { 'x-klawing-timestamp': String(timestamp), 'x-klawing-signature': signature };
      const response = await post(settings.url, message, headers, signal).catch((error: unknown) => {
        throw new Fault('CHANNEL_UNREACHABLE', `${name}: ${reasonOf(error)}`, { retry: true, cause: error });
      });
      await response.body?.cancel();
      check(name, response);
    },
  }),
});
