import { buffer } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { onTestFinished } from 'vitest';

/** A mail as it came in. */
export interface Mail {
  readonly from: string;
  /** The name that the client gave itself in EHLO. */
  readonly ehlo: string;
  readonly to: readonly string[];
  /** Headers and body, as sent. */
  readonly source: string;
}

/** A header of a mail, in one line. */
export const headerOf = (source = '', name: string): string | undefined =>
  new RegExp(`^${name}: (.+?)\\r?$`, 'im').exec(source.replaceAll(/\r?\n[ \t]+/g, ' '))?.[1];

/** The parts of a mail, decoded as far as tests look at them. */
export const decoded = (source: string): string =>
  source
    .replaceAll(/=\r?\n/g, '')
    .replaceAll(/(?:=[0-9A-F]{2})+/g, (run) => Buffer.from(run.replaceAll('=', ''), 'hex').toString('utf8'));

export interface TestSmtp {
  readonly url: string;
  readonly mails: readonly Mail[];
  /** From now on refuses at this moment with this reply code; undefined lets mails in again. */
  refuse(at: 'greeting' | 'login' | 'sender' | 'recipient' | 'data', code: number | undefined): void;
}

export interface SmtpOptions {
  /** The only domain whose senders are taken, as on the mail server of an agency; all of them otherwise. */
  readonly sendersOf?: string;
}

const refusal = (code: number): Error => Object.assign(new Error('refused by the test'), { responseCode: code });

/** A real SMTP server on a free port. */
export const smtpServer = async ({ sendersOf }: SmtpOptions = {}): Promise<TestSmtp> => {
  const mails: Mail[] = [];
  const codes = new Map<string, number>();
  const fail = (at: string): Error | undefined => {
    const code = codes.get(at);
    return code === undefined ? undefined : refusal(code);
  };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onConnect: (_session, done) => done(fail('greeting')),
    onAuth: (_auth, _session, done) => done(fail('login') ?? null, { user: 'klawing' }),
    onMailFrom: ({ address }, _session, done) => {
      const isForeign = sendersOf !== undefined && !address.endsWith(`@${sendersOf}`);
      done(isForeign ? refusal(553) : fail('sender'));
    },
    onRcptTo: (_address, _session, done) => done(fail('recipient')),
    onData: (stream, session, done) => {
      void buffer(stream).then((bytes) => {
        const error = fail('data');
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? '' : mailFrom.address;
        const to = rcptTo.map(({ address }) => address);
        const ehlo = session.hostNameAppearsAs;
        if (error === undefined) mails.push({ from, to, ehlo, source: bytes.toString('utf8') });
        done(error);
      });
    },
  });
  server.on('error', () => undefined); // a client that goes away in the middle is what some tests are about
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const address = server.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `smtp://klawing:secret@127.0.0.1:${port}`,
    mails,
    refuse: (at, code) => {
      if (code === undefined) codes.delete(at);
      else codes.set(at, code);
    },
  };
};
