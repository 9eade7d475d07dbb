import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { expect, test } from 'vitest';
import { testService } from '#test/support/servers/service.ts';
import { smtpServer } from '#test/support/servers/smtp.ts';

/** The blocks of the step about mail in docs/operating.md: what goes into .env, and the command that tries it. */
const stepOfMail = (): { readonly env: Readonly<Record<string, string>>; readonly command: readonly string[] } => {
  const page = readFileSync('docs/operating.md', 'utf8');
  const step = /\*\*5\. Mail\.\*\*(.*?)\*\*6\. /s.exec(page)?.[1] ?? '';
  const [env = '', command = ''] = [...step.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block);
  const words = command.trim().split(' ');
  expect(words.slice(0, 5)).toEqual(['docker', 'compose', 'exec', 'klawing', 'klawing']);
  const given = Object.entries(parseEnv(env)).map(([name, value]) => [name, value ?? '']);
  return { env: Object.fromEntries(given), command: words.slice(5) };
};

/** The same login on the mail server of the test. */
const onServer = (url: string, { KLAWING_SMTP_URL: written = '', ...env }: Readonly<Record<string, string>>) => {
  const { username, password } = new URL(written);
  expect(username).not.toBe('');
  const there = Object.assign(new URL(url), { username, password });
  return { ...env, KLAWING_SMTP_URL: there.href };
};

test('the set-up of mail in docs/operating.md delivers on a server that takes only senders of its own domain', async () => {
  const smtp = await smtpServer({ sendersOf: 'example.go.id' });
  const { env, command } = stepOfMail();
  const service = await testService({ env: onServer(smtp.url, env) });
  await service.ready();
  expect(await service.cli(...command)).toMatchObject({
    status: 0,
    out: expect.stringMatching(/^posko@example\.go\.id: delivered\npiket@example\.go\.id: delivered\s*$/),
  });
  expect(smtp.mails.flatMap(({ to }) => to).toSorted()).toEqual(['piket@example.go.id', 'posko@example.go.id']);
  const [mail] = smtp.mails;
  expect(mail).toMatchObject({ from: 'alert@example.go.id', ehlo: 'klawing.example.go.id' });
  expect(mail?.source).toContain('From: Klawing Purbalingga <alert@example.go.id>');
  expect(mail?.source).toContain('https://klawing.example.go.id');
});

test('mail without a sender that anybody takes mail from is refused at the start, with what to do', async () => {
  const { env } = stepOfMail();
  const { KLAWING_ALERT_EMAIL_FROM: _, ...without } = env;
  for (const sender of [{}, { KLAWING_ALERT_EMAIL_FROM: 'klawing@localhost.localdomain' }]) {
    const service = await testService({ env: { ...without, ...sender } });
    expect((await service.running('up').ended).status).toBe(2);
    expect(service.running('up').err()).toMatch(/alerts\.channels\.email\.from.*KLAWING_ALERT_EMAIL_FROM/);
  }
});
