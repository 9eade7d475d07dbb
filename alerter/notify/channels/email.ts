import { createTransport } from 'nodemailer';
import { z } from 'zod';
import { defineChannel } from '#alerter/notify/channel.ts';
import { LANGUAGES, wordingOf } from '#alerter/notify/texts.ts';
import { emailText, emailHtml } from '#alerter/notify/mail/email-body.ts';
import { domainOf, isUsableSender, type Mailbox, parseMailbox, splitMailboxes } from '#alerter/notify/mail/mailbox.ts';
import type { Notice } from '#alerter/notify/notice.ts';
import { smtpFault } from '#alerter/notify/mail/smtp-answer.ts';
import { Secret } from '#model/base/secret.ts';
import { timerSetting } from '#model/base/setting.ts';

/** A name in the DNS, or an address in brackets (RFC 5321, section 4.1.3). */
const EHLO_NAME =
  /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+|\[(?:IPv6:)?[0-9a-f.:]+\])$/i;

const EXAMPLE = 'Klawing Purbalingga <alert@example.go.id>';

const mailbox = (text: string, ctx: z.RefinementCtx): Mailbox => {
  const read = parseMailbox(text);
  if (read !== undefined) return read;
  ctx.addIssue({
    code: 'custom',
    message: `${JSON.stringify(text)} is no address such as posko@example.go.id or ${EXAMPLE}`,
  });
  return z.NEVER;
};

const MailboxText = z.string().transform(mailbox);

const sender = (given: Mailbox, ctx: z.RefinementCtx): Mailbox => {
  if (isUsableSender(given)) return given;
  ctx.addIssue({
    code: 'custom',
    message: `no mail server takes mail from ${domainOf(given)}; give an address that yours sends for`,
  });
  return z.NEVER;
};

const Sender = z
  .string({ error: 'mail needs a sender; give an address that your mail server sends for' })
  .transform(mailbox)
  .transform(sender);

/** A recipient: an address, or an address with its language. */
const Recipient = z.preprocess(
  (given) => (typeof given === 'string' ? { address: given } : given),
  z
    .strictObject({ address: MailboxText, language: z.enum(LANGUAGES).optional() })
    .transform(({ address, language }) => ({ ...address, language })),
);

/** Several addresses in one text, as in the environment, are separated by commas. */
const Recipients = z.preprocess(
  (given) => (typeof given === 'string' ? splitMailboxes(given) : given),
  z.array(Recipient).min(1, 'at least one address'),
);

const canDecode = (text: string): boolean => {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
};

/** Whether an address names a server and nothing more: behind "/", "#" or "?" in a password, the rest is no server any more. */
const isPlainServer = (text: string): boolean => {
  if (!URL.canParse(text)) return true;
  const { username, password, pathname, search, hash, hostname } = new URL(text);
  const isServer = hostname !== '' && pathname.replace('/', '') + hash === '' && !search.includes('@');
  return isServer && canDecode(username) && canDecode(password);
};

const EmailSettings = z.strictObject({
  kind: z.literal('email'),
  enabled: z.boolean().prefault(true),
  smtp: z
    .url({ protocol: /^smtps?$/, error: 'an address such as smtp://user:password@mail.example.go.id:587' })
    .refine(isPlainServer, {
      error:
        'user and password stand in an address: write % as %25, @ as %40, : as %3A, / as %2F, # as %23 and ? as %3F in them',
    })
    .transform((text) => new Secret(text))
    .meta({
      description:
        'Mail server: smtp:// with STARTTLS where the server offers it, or smtps:// with TLS from the start.',
      examples: ['smtp://user:password@mail.example.go.id:587'],
    }),
  to: Recipients.meta({
    description: 'Recipients. One may have a language of its own.',
    examples: [['posko@example.go.id', { address: 'Duty officer <duty@example.go.id>', language: 'en' }]],
  }),
  from: Sender.meta({
    description: 'Sender: an address that the mail server sends for, with or without a name.',
    examples: ['Klawing Purbalingga <alert@example.go.id>'],
  }),
  ehlo: z
    .string()
    .regex(
      EHLO_NAME,
      'the full name of this machine in the DNS, such as klawing.example.go.id, or an address as [192.0.2.1]',
    )
    .optional()
    .meta({
      description:
        'Name of this machine in EHLO. Without it: the host of alerts.link if that is a name in the DNS, otherwise the domain of the sender.',
      examples: ['klawing.example.go.id'],
    }),
  timeout: timerSetting.prefault('8s').describe('Time limit for connection, greeting and answer of the mail server.'),
});
type EmailSettings = z.infer<typeof EmailSettings>;

/** Headers by which mail programs put the mails about one alert together. */
interface MailHeaders {
  readonly messageId: string;
  readonly inReplyTo?: string;
}

/** A message that an earlier version left in the outbox names no Message-ID. */
const Rendered = z.object({
  subject: z.string(),
  text: z.string(),
  html: z.string(),
  messageId: z.string().exactOptional(),
  inReplyTo: z.string().exactOptional(),
});

/** The form of the mail library. */
const mailboxOf = ({ name = '', address }: Mailbox): { name: string; address: string } => ({ name, address });

/** Every address once. */
const recipientsOf = ({ to }: EmailSettings): readonly string[] => [...new Set(to.map(({ address }) => address))];

/** False for a name that other mail servers cannot know, such as `localhost`. */
const isPublicName = (name: string): boolean =>
  name.includes('.') &&
  EHLO_NAME.test(name) &&
  !/^[\d.]+$/.test(name) &&
  isUsableSender({ address: `klawing@${name}` });

/** The name of this machine as other mail servers may know it. */
const ehloName = ({ ehlo, from }: EmailSettings, link: string | undefined): string => {
  if (ehlo !== undefined) return ehlo;
  const host = link === undefined ? '' : new URL(link).hostname;
  return isPublicName(host) ? host : domainOf(from);
};

/** Identifies a mail, or all mails to one person about one alert. */
const idOf = (what: string, recipient: string, { from }: EmailSettings): string =>
  `<${what}.${Buffer.from(recipient).toString('base64url')}@${domainOf(from)}>`;

/** The mail that an alert fires begins a thread; the later mails about the alert answer it. */
const threadOf = ({ alert, isTest }: Notice): string | undefined =>
  isTest ? undefined : `alert-${alert.id}-${alert.since.replaceAll(/\D/g, '')}`;

const headersOf = (notice: Notice, recipient: string, settings: EmailSettings): MailHeaders => {
  const thread = threadOf(notice);
  const own = idOf(notice.key, recipient, settings);
  if (thread === undefined) return { messageId: own };
  const first = idOf(thread, recipient, settings);
  return notice.alert.state === 'firing' ? { messageId: first } : { messageId: own, inReplyTo: first };
};

/**
 * `kind: email`: a mail to each recipient, as text and as HTML. A refusal of the message itself is permanent; a server that is away, busy (4xx) or refuses the login is
 * tried again. The Message-ID is the same for every try at one message.
 */
export const email = defineChannel({
  name: 'email',
  summary: 'a mail to each, text and HTML, in their language',
  isDefault: false,
  isRemote: true,
  settings: EmailSettings,
  recipients: recipientsOf,
  open: (name, settings, deps) => {
    const people = new Map(settings.to.map((person) => [person.address, person]));
    const { timeout, from } = settings;
    const times = { connectionTimeout: timeout.ms, greetingTimeout: timeout.ms, socketTimeout: timeout.ms };
    const ehlo = ehloName(settings, deps.link);
    return {
      name,
      audience: 'people',
      recipients: recipientsOf(settings),
      knows: (recipient) => people.has(recipient),
      render: (notice, recipient) => {
        const language = people.get(recipient)?.language ?? deps.language;
        const wording = wordingOf(language, notice);
        const body = { text: emailText(wording, notice), html: emailHtml(wording, notice, language) };
        return JSON.stringify({ subject: wording.subject, ...body, ...headersOf(notice, recipient, settings) });
      },
      send: async ({ recipient, body, key }, signal) => {
        const transport = createTransport({ url: settings.smtp.reveal(), name: ehlo, ...times });
        const { inReplyTo, messageId = idOf(key, recipient, settings), ...mail } = Rendered.parse(JSON.parse(body));
        const thread = inReplyTo === undefined ? {} : { inReplyTo, references: [inReplyTo] };
        const headers = { 'Auto-Submitted': 'auto-generated' };
        const to = mailboxOf(people.get(recipient) ?? { name: undefined, address: recipient });
        try {
          await transport.sendMail({ from: mailboxOf(from), to, ...mail, messageId, ...thread, headers, signal });
        } catch (cause) {
          throw smtpFault(name, from.address, cause);
        } finally {
          transport.close();
        }
      },
    };
  },
});
