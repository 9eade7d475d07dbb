import { Fault } from '#model/base/fault.ts';

/** The parts of an error of the mail library that decide how to go on. */
interface SmtpError {
  readonly message: string;
  /** The step that failed, such as `EAUTH`. */
  readonly code: string | undefined;
  /** Reply code of the server; undefined when there was none. */
  readonly reply: number | undefined;
  /** The command that was answered, such as `MAIL FROM`. */
  readonly command: string | undefined;
}

const member = (of: object, name: string): unknown => Reflect.get(of, name);

const read = (error: unknown): SmtpError => {
  if (!(error instanceof Error))
    return { message: String(error), code: undefined, reply: undefined, command: undefined };
  const [code, reply, command] = ['code', 'responseCode', 'command'].map((name) => member(error, name));
  return {
    message: error.message,
    code: typeof code === 'string' ? code : undefined,
    reply: typeof reply === 'number' ? reply : undefined,
    command: typeof command === 'string' ? command : undefined,
  };
};

/** Replies that ask for another login, to whichever command they come (RFC 4954, section 6). */
const LOGIN_REPLIES: ReadonlySet<number> = new Set([530, 534, 535, 538]);

const isTemporary = (reply: number): boolean => reply < 500 || reply === 503;

/** A login that fails only for the moment is answered with 4xx. Without an answer, the library had no login to send. */
const isLoginRefused = ({ code, reply }: SmtpError): boolean =>
  reply === undefined ? code === 'EAUTH' : LOGIN_REPLIES.has(reply) || (code === 'EAUTH' && !isTemporary(reply));

/**
 * A reply of 5xx to sender, recipient or text is permanent (RFC 5321, section 4.2.1), except for 503, which is about the
 * order of the commands. The library itself refuses what cannot be an address, or is too large for the server.
 */
const isRefused = ({ code, reply }: SmtpError): boolean =>
  (code === 'EENVELOPE' || code === 'EMESSAGE') && (reply === undefined || !isTemporary(reply));

/** Advice for the operator, by the command that the server refused. */
const adviceOn = ({ command = '' }: SmtpError, sender: string): string => {
  if (command === 'MAIL FROM')
    return `; the server does not take ${sender} as sender, set alerts.channels.<name>.from (KLAWING_ALERT_EMAIL_FROM) to one of its own addresses`;
  if (/^(?:EHLO|HELO)$/.test(command))
    return '; the server does not take the name in EHLO, set alerts.channels.<name>.ehlo (KLAWING_ALERT_EMAIL_EHLO)';
  return '';
};

/** The fault that a failed try at a mail is. */
export const smtpFault = (channel: string, sender: string, cause: unknown): Fault => {
  const error = read(cause);
  if (isLoginRefused(error)) {
    const advice = 'check user and password in the address of the mail server (KLAWING_SMTP_URL)';
    return new Fault('CHANNEL_LOGIN_REFUSED', `${channel}: ${error.message}; ${advice}`, { retry: true, cause });
  }
  const detail = `${channel}: ${error.message}${adviceOn(error, sender)}`;
  return isRefused(error)
    ? new Fault('CHANNEL_REFUSED', detail, { cause })
    : new Fault('CHANNEL_UNREACHABLE', detail, { retry: true, cause });
};
