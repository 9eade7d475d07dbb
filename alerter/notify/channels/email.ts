import { createTransport } from 'nodemailer';
import { z } from 'zod';
import type { Channel, ChannelDeps } from '#alerter/notify/channel.ts';
import { LANGUAGES, type Language, wordingOf } from '#alerter/notify/texts.ts';
import { emailText, emailHtml } from '#alerter/notify/email-body.ts';
import { Fault } from '#model/fault.ts';
import { Secret } from '#model/secret.ts';
import { durationSetting } from '#model/setting.ts';

const Address = z.email({ error: 'an address such as posko@example.go.id' });

/** One who is told: an address, or an address with the language to write in. */
const Recipient = z.union([
  Address.transform((address) => ({ address, language: undefined })),
  z.strictObject({ address: Address, language: z.enum(LANGUAGES).optional() }),
]);

/** Several addresses in one text are told apart by commas, as the environment gives them. */
const Recipients = z.preprocess(
  (given) => (typeof given === 'string' ? given.split(',').map((part) => part.trim()) : given),
  z.array(Recipient).min(1, 'at least one address'),
);

/** `kind: email`: a message to each recipient, as text and as HTML. */
export const EmailSettings = z.strictObject({
  kind: z.literal('email'),
  enabled: z.boolean().prefault(true),
  /** `smtp://user:password@host:587` (STARTTLS where the server offers it) or `smtps://…:465`. */
  smtp: z
    .url({ protocol: /^smtps?$/, error: 'an address such as smtp://user:password@mail.example.go.id:587' })
    .transform((text) => new Secret(text)),
  to: Recipients,
  from: Address.prefault('klawing@localhost.localdomain'),
  /** How long the server may take to let in, to greet and to answer. */
  timeout: durationSetting.prefault('8s'),
});
export type EmailSettings = z.infer<typeof EmailSettings>;

const Rendered = z.object({ subject: z.string(), text: z.string(), html: z.string() });

/** Replies of 5xx to sender, recipient or text: this message will never be taken (RFC 5321, section 4.2.1). */
const isRefusal = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'EENVELOPE' || error.code === 'EMESSAGE') &&
  'responseCode' in error &&
  typeof error.responseCode === 'number' &&
  error.responseCode >= 500;

/**
 * Sends mail. A refusal of the message itself is for good; a server that is away, busy (4xx) or does not let us in is
 * tried again. The Message-ID is the same for every try at one message.
 */
export const openEmail = (
  name: string,
  settings: EmailSettings,
  deps: ChannelDeps & { readonly language: Language },
): Channel => {
  const languages = new Map(settings.to.map(({ address, language }) => [address, language ?? deps.language]));
  const { timeout } = settings;
  const times = { connectionTimeout: timeout.ms, greetingTimeout: timeout.ms, socketTimeout: timeout.ms };
  return {
    name,
    audience: 'people',
    recipients: [...languages.keys()],
    render: (notice, recipient) => {
      const language = languages.get(recipient) ?? deps.language;
      const wording = wordingOf(language, notice);
      const body = { text: emailText(wording, notice), html: emailHtml(wording, notice, language) };
      return JSON.stringify({ subject: wording.subject, ...body });
    },
    send: async ({ recipient, body, key }, signal) => {
      const transport = createTransport({ url: settings.smtp.reveal(), ...times });
      const { subject, text, html } = Rendered.parse(JSON.parse(body));
      const messageId = `<${key}.${Buffer.from(recipient).toString('base64url')}@klawing>`;
      try {
        await transport.sendMail({ from: settings.from, to: recipient, subject, text, html, messageId, signal });
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        const retry = !isRefusal(cause);
        throw new Fault(retry ? 'CHANNEL_UNREACHABLE' : 'CHANNEL_REFUSED', `${name}: ${why}`, { retry, cause });
      } finally {
        transport.close();
      }
    },
  };
};
