import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { attempt } from '#alerter/notify/attempt.ts';
import type { Channel, Sendable } from '#alerter/notify/channel.ts';
import { type ChannelSettings, ChannelSettings as Schema, openChannel } from '#alerter/notify/channels/index.ts';
import type { Notice } from '#alerter/notify/notice.ts';
import { systemClock } from '#model/clock.ts';
import { type Duration, milliseconds, seconds } from '#model/duration.ts';
import type { Fault } from '#model/fault.ts';
import { freePort } from '#test/support/free-port.ts';
import { HookBody, hookServer } from '#test/support/hook.ts';
import { manualClock } from '#test/support/manual-clock.ts';
import { MORNING } from '#test/support/readings.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { smtpServer } from '#test/support/smtp.ts';
import { linkTo, socketBroker } from '#test/support/socket-broker.ts';

const SECRET = 'the-webhook-secret-of-a-test';

const notice = (given: Partial<Notice> = {}): Notice => ({
  key: 'j-1-7-12-firing',
  alert: {
    ...{ id: 12, rule: 'waspada', station: 'PBG-R03', station_name: 'Klawing – <Bancar>', family: 'river' },
    ...{ property: 'stage', device: 'pbg-r03', state: 'firing', severity: 'moderate' },
    title: { id: 'Waspada banjir', en: 'Flood watch' },
    ...{ value: 2.625, unit: 'm', unit_text: 'm', raise: 2.5, clear: 2.4, trend: 'rising', detail: null },
    ...{ observed_at: '2026-11-24T03:06:00.000Z', since: '2026-11-24T03:00:00.000Z' },
    ...{ fired_at: '2026-11-24T03:06:00.000Z', resolved_at: null, acknowledged: null, silenced: false },
  },
  ...{ decimals: 3, link: 'https://klawing.example.go.id/#/alerts/12', isTest: false },
  ...given,
});

const open = (settings: object, publish?: (topic: string, payload: Uint8Array, retain: boolean) => Promise<void>) => {
  const log = silentLog();
  const refuse = () => Promise.reject(new Error('this test publishes nothing'));
  const read: ChannelSettings = Schema.parse(settings);
  const deps = { clock: manualClock(), log, language: 'id' as const, publish: publish ?? refuse };
  return { channel: openChannel('posko', read, deps), log };
};

/** One try with a message about the notice; gives the fault, or undefined when it was taken. */
const send = (
  channel: Channel,
  { of = notice(), recipient = channel.recipients[0] ?? '', timeout = seconds(5) as Duration, signal = never } = {},
): Promise<Fault | undefined> => {
  const message: Sendable = { key: of.key, recipient, body: channel.render(of, recipient), isTest: of.isTest };
  return attempt(channel, message, { clock: systemClock, timeout, signal });
};

const never = new AbortController().signal;

const webhook = (url: string): Channel => open({ kind: 'webhook', url, secret: SECRET }).channel;

describe('webhook', () => {
  test('posts what happened, signed over time and body, under the key of the message', async () => {
    const hook = await hookServer(SECRET);
    expect(await send(webhook(hook.url))).toBeUndefined();
    const [post] = hook.posts;
    expect(post).toMatchObject({ isSigned: true, path: '/hook' });
    expect(post?.headers).toMatchObject({
      'content-type': 'application/json',
      'idempotency-key': 'j-1-7-12-firing',
      'x-klawing-timestamp': String(MORNING / 1_000),
    });
    expect(HookBody.parse(JSON.parse(post?.body ?? ''))).toMatchObject({
      id: 'j-1-7-12-firing',
      link: 'https://klawing.example.go.id/#/alerts/12',
      alert: { id: 12, value: 2.625 },
    });
  });

  const ANSWERS: readonly (readonly [status: number, became: 'taken' | 'refused' | 'retry'])[] = [
    ...[200, 201, 202, 204].map((status) => [status, 'taken'] as const),
    ...[300, 301, 302, 303, 304, 307, 308].map((status) => [status, 'refused'] as const),
    ...[400, 401, 403, 404, 405, 406, 409, 410, 411, 413, 415, 422, 451].map((status) => [status, 'refused'] as const),
    ...[408, 425, 429].map((status) => [status, 'retry'] as const),
    ...[500, 501, 502, 503, 504, 507, 599].map((status) => [status, 'retry'] as const),
  ];

  test.for(ANSWERS)('takes an answer of %i as: %s', async ([status, became]) => {
    const hook = await hookServer(SECRET);
    hook.answer(status);
    const fault = await send(webhook(hook.url));
    const found = fault === undefined ? 'taken' : fault.retry ? 'retry' : 'refused';
    expect(found).toBe(became);
    expect(fault?.code).toBe({ taken: undefined, refused: 'CHANNEL_REFUSED', retry: 'CHANNEL_UNREACHABLE' }[became]);
  });

  test('follows no redirect', async () => {
    const there = await hookServer(SECRET);
    const hook = await hookServer(SECRET);
    hook.answer(307, { location: there.url });
    expect(await send(webhook(hook.url))).toMatchObject({ code: 'CHANNEL_REFUSED', retry: false });
    expect(there.posts).toEqual([]);
  });

  test('waits as long as it is asked to', async () => {
    const hook = await hookServer(SECRET);
    hook.answer(429, { 'retry-after': '90' });
    expect((await send(webhook(hook.url)))?.retryAfter).toEqual(seconds(90));
  });

  test('tries again later when nothing answers, or nobody listens', async () => {
    const hook = await hookServer(SECRET);
    hook.answer(undefined);
    const late = await send(webhook(hook.url), { timeout: milliseconds(200) });
    expect(late).toMatchObject({ code: 'CHANNEL_UNREACHABLE', retry: true });
    expect(late?.detail).toContain('no answer within 200ms');
    const nobody = await send(webhook(`http://127.0.0.1:${await freePort()}/hook`));
    expect(nobody).toMatchObject({ code: 'CHANNEL_UNREACHABLE', retry: true });
    expect(nobody?.detail).toContain('ECONNREFUSED');
  });

  test('ends at the signal', async () => {
    const hook = await hookServer(SECRET);
    hook.answer(undefined);
    expect(await send(webhook(hook.url), { signal: AbortSignal.timeout(100) })).toMatchObject({ retry: true });
  });

  test('never shows its secret, nor the path of its address', () => {
    const { channel } = open({ kind: 'webhook', url: 'https://posko.example.go.id/in/very-secret', secret: SECRET });
    expect(channel.recipients).toEqual(['https://posko.example.go.id']);
    expect(() => Schema.parse({ kind: 'webhook', url: 'ftp://posko', secret: SECRET })).toThrow(/http/);
    expect(() => Schema.parse({ kind: 'webhook', url: 'https://posko.example.go.id', secret: 'short' })).toThrow(/16/);
  });
});

const mailTo = (smtp: string, to: unknown = 'posko@example.go.id'): Channel =>
  open({ kind: 'email', smtp, to, timeout: '2s' }).channel;

/** The parts of a mail, decoded as far as tests look at them. */
const decoded = (source: string): string =>
  source
    .replaceAll(/=\r?\n/g, '')
    .replaceAll(/(?:=[0-9A-F]{2})+/g, (run) => Buffer.from(run.replaceAll('=', ''), 'hex').toString('utf8'));

describe('email', () => {
  test('writes to each in their language, as text and as HTML, with value, level, trend, time and link', async () => {
    const smtp = await smtpServer();
    const channel = mailTo(smtp.url, ['posko@example.go.id', { address: 'duty@example.org', language: 'en' }]);
    expect(channel.recipients).toEqual(['posko@example.go.id', 'duty@example.org']);
    for (const recipient of channel.recipients) expect(await send(channel, { recipient })).toBeUndefined();
    const [indonesian = '', english = ''] = smtp.mails.map(({ source }) => decoded(source));
    for (const part of ['Content-Type: text/plain', 'Content-Type: text/html', 'lang="id"']) {
      expect(indonesian).toContain(part);
    }
    expect(indonesian).toContain('Nilai: 2,625 m');
    expect(indonesian).toContain('Batas: 2,5 m');
    expect(indonesian).toContain('Kecenderungan: naik');
    expect(indonesian).toMatch(/Waktu pengamatan: 24 Nov 2026,? 10[.:]06[.:]00 WIB/);
    expect(indonesian).toContain('https://klawing.example.go.id/#/alerts/12');
    expect(indonesian).toContain('Klawing – &lt;Bancar&gt;');
    expect(english).toContain('Value: 2.625 m');
    expect(english).toContain('Trend: rising');
    expect(smtp.mails.map(({ to }) => to)).toEqual([['posko@example.go.id'], ['duty@example.org']]);
  });

  test('gives every try at a message the same Message-ID', async () => {
    const smtp = await smtpServer();
    const channel = mailTo(smtp.url);
    await send(channel);
    await send(channel);
    const ids = smtp.mails.map(({ source }) => /^Message-ID: (.+?)\r?$/im.exec(source)?.[1]);
    expect(ids[0]).toMatch(/^<j-1-7-12-firing\./);
    expect(ids[1]).toBe(ids[0]);
  });

  test('splits addresses that the environment gives in one text', () => {
    expect(mailTo('smtp://127.0.0.1', 'a@example.org, b@example.org').recipients).toEqual([
      'a@example.org',
      'b@example.org',
    ]);
  });

  test.for([
    ['greeting', 421, true],
    ['login', 454, true],
    ['login', 535, true],
    ['recipient', 450, true],
    ['recipient', 452, true],
    ['recipient', 550, false],
    ['recipient', 553, false],
    ['data', 451, true],
    ['data', 552, false],
    ['data', 554, false],
  ] as const)('a refusal of the %s with %i is tried again: %s', async ([at, code, retry]) => {
    const smtp = await smtpServer();
    smtp.refuse(at, code);
    expect(await send(mailTo(smtp.url))).toMatchObject({
      code: retry ? 'CHANNEL_UNREACHABLE' : 'CHANNEL_REFUSED',
      retry,
    });
    smtp.refuse(at, undefined);
    expect(await send(mailTo(smtp.url))).toBeUndefined();
  });

  test('tries again later when nobody listens', async () => {
    const fault = await send(mailTo(`smtp://127.0.0.1:${await freePort()}`));
    expect(fault).toMatchObject({ code: 'CHANNEL_UNREACHABLE', retry: true });
  });

  test('shows its password to nobody', async () => {
    const settings = Schema.parse({ kind: 'email', smtp: 'smtp://klawing:tersembunyi@127.0.0.1', to: 'a@example.org' });
    expect(JSON.stringify(settings)).not.toContain('tersembunyi');
  });
});

describe('mqtt', () => {
  test('shows the state as a retained message, a test as one that is not', async () => {
    const broker = await socketBroker();
    const link = linkTo(broker.socketPath);
    const { channel } = open({ kind: 'mqtt' }, (topic, payload, retain) =>
      link.publish({ topic, payload, qos: 1, retain }),
    );
    const recipient = 'v1/alerts/PBG-R03/waspada';
    expect(channel).toMatchObject({ audience: 'state', recipients: [] });
    expect(await send(channel, { recipient })).toBeUndefined();
    expect(await send(channel, { recipient, of: notice({ isTest: true }) })).toBeUndefined();
    expect(
      broker.heard.map(({ call }) => new URL(call.split(' ')[1] ?? '', 'http://broker').searchParams.get('retain')),
    ).toEqual(['true', 'false']);
    expect(JSON.parse(broker.heard[0]?.body ?? '')).toMatchObject({ alert: { state: 'firing' }, test: false });
  });

  test('tries again later while the broker is away', async () => {
    const broker = await socketBroker();
    const link = linkTo(broker.socketPath);
    const { channel } = open({ kind: 'mqtt' }, (topic, payload, retain) =>
      link.publish({ topic, payload, qos: 1, retain }),
    );
    await broker.goAway();
    expect(await send(channel, { recipient: 'v1/alerts/A/b' })).toMatchObject({
      code: 'CHANNEL_UNREACHABLE',
      retry: true,
    });
    await broker.comeBack();
    expect(await send(channel, { recipient: 'v1/alerts/A/b' })).toBeUndefined();
  });
});

describe('log', () => {
  test('writes one line', async () => {
    const { channel, log } = open({ kind: 'log' });
    expect(await send(channel)).toBeUndefined();
    expect(log.lines).toMatchObject([{ event: 'alert', fields: { key: 'j-1-7-12-firing' } }]);
    expect(JSON.stringify(log.lines)).toContain('Flood watch – Klawing – <Bancar> (2.625 m, rising)');
  });
});

const KINDS = [
  { kind: 'log' },
  { kind: 'mqtt' },
  { kind: 'email', smtp: 'smtp://127.0.0.1', to: 'a@example.org' },
  { kind: 'webhook', url: 'http://127.0.0.1', secret: SECRET },
] as const;

describe.for(KINDS)('$kind', (settings) => {
  const { kind } = settings;

  test('says clearly when it is only a test', () => {
    const body = open(settings).channel.render(notice({ isTest: true }), 'a@example.org');
    expect(body).toMatch(kind === 'webhook' || kind === 'mqtt' ? /"test":true/ : /UJI COBA|TEST/);
  });

  test('renders the same twice, and refuses a setting that it does not know', () => {
    const { channel } = open(settings);
    expect(channel.render(notice(), 'a@example.org')).toBe(channel.render(notice(), 'a@example.org'));
    expect(() => Schema.parse({ ...settings, urll: 'x' })).toThrow(/urll/);
  });
});

test('docs/alerts.md shows how the signature is checked, and the check works', async () => {
  const page = readFileSync('docs/alerts.md', 'utf8');
  const source = /```js\n([^]*?)```/.exec(page)?.[1] ?? '';
  const { isFromKlawing }: { isFromKlawing: (secret: string, headers: object, body: string, now: number) => boolean } =
    await import(`data:text/javascript,${encodeURIComponent(source)}`);
  const hook = await hookServer(SECRET);
  await send(webhook(hook.url));
  const [post] = hook.posts;
  const { headers = {}, body = '' } = post ?? {};
  expect(isFromKlawing(SECRET, headers, body, MORNING)).toBe(true);
  expect(isFromKlawing(SECRET, headers, `${body} `, MORNING)).toBe(false);
  expect(isFromKlawing('another-secret-of-a-test', headers, body, MORNING)).toBe(false);
  expect(isFromKlawing(SECRET, headers, body, MORNING + 10 * 60_000)).toBe(false);
});
