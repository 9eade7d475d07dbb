import { expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { freePort } from '#test/support/servers/free-port.ts';
import { testService } from '#test/support/servers/service.ts';

const SECRETS = ['password-of-mail', 'path-of-the-hook', 'signature-key-of-the-hook'] as const;
const [PASSWORD, PATH, KEY] = SECRETS;

const configOf = (port: number, hook: string): string => `
alerts:
  channels:
    mail: { kind: email, smtp: "smtp://klawing:${PASSWORD}@127.0.0.1:${port}", from: alert@example.go.id, to: posko@example.go.id }
    hook: { kind: webhook, url: "${hook}", secret: ${KEY} }
`;

const hidden = (text: string): void => {
  for (const secret of SECRETS) expect(text).not.toContain(secret);
};

test('the secrets of channels stand in no log, no answer of the API and no output of the command line', async () => {
  const port = await freePort();
  const service = await testService({ config: configOf(port, `http://127.0.0.1:${port}/${PATH}`) });
  await service.ready();
  for (const channel of ['mail', 'hook']) {
    const tried = await service.post(`/v1/channels/${channel}/test`, {});
    const answer = await tried.text();
    expect(answer).toMatch(/UNREACHABLE|ECONNREFUSED|"delivered":false/);
    hidden(answer);
    const { out, err } = await service.cli('alert', 'test', channel);
    hidden(`${out}${err}`);
  }
  await eventually(async () => {
    const trail = await (await service.get('/v1/audit')).text();
    expect(trail).toContain('alerts.channels');
    hidden(trail);
  });
  for (const path of ['/v1/console', '/v1/alerts', '/readyz', '/metrics', '/openapi.json', '/v1/refusals']) {
    hidden(await (await service.get(path)).text());
  }
  const { out, err } = await service.cli('doctor', '--json');
  hidden(`${out}${err}`);
  hidden(service.running('up').err());
  await service.stop();
  hidden(service.running('up').err());
});

test('a mistake beside a secret of a channel is told without the secret', async () => {
  for (const hook of [`htp://127.0.0.1/${PATH}`, `http://127.0.0.1:99999/${PATH}`]) {
    const service = await testService({ parts: [], config: configOf(25, hook) });
    const { status, out, err } = await service.cli('doctor');
    expect(status).not.toBe(0);
    expect(`${out}${err}`).toContain('alerts.channels.hook.url');
    hidden(`${out}${err}`);
  }
});
