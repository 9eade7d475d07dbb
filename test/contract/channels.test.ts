// oxlint-disable max-lines -- one suite that every channel passes
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { attempt } from '#alerter/notify/attempt.ts';
import type { Channel, Sendable } from '#alerter/notify/channel.ts';
import { ConfiguredChannel } from '#alerter/notify/channels/index.ts';
import type { Notice } from '#alerter/notify/notice.ts';
import { systemClock } from '#model/base/clock.ts';
import { milliseconds, seconds } from '#model/base/duration.ts';
import type { Fault } from '#model/base/fault.ts';
import { freePort } from '#test/support/servers/free-port.ts';
import { HookBody, hookServer } from '#test/support/fakes/hook.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { NASTY, UNPRINTABLE } from '#test/support/builders/hostile-text.ts';
import { MORNING } from '#test/support/builders/readings.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { decoded, headerOf, smtpServer } from '#test/support/servers/smtp.ts';
import { linkTo, socketBroker } from '#test/support/servers/socket-broker.ts';
import { WAIT } from '#test/support/limits.ts';

const SECRET = 'the-webhook-secret-of-a-test';

const notice = (given: Partial<Notice> = {}): Notice => ({
  key: 'j-1-7-12-firing',
  alert: {
    id: 12,
    rule: 'waspada',
    station: 'PBG-R03',
    station_name: 'Klawing – <Bancar>',
    family: 'river',
    property: 'stage',
    device: 'pbg-r03',
    state: 'firing',
    severity: 'moderate',
    title: { id: 'Waspada banjir', en: 'Flood watch' },
    value: 2.625,
    unit: 'm',
    unit_text: 'm',
    raise: 2.5,
    clear: 2.4,
    trend: 'rising',
    detail: null,
    observed_at: '2026-11-24T03:06:00.000Z',
    since: '2026-11-24T03:00:00.000Z',
    fired_at: '2026-11-24T03:06:00.000Z',
    resolved_at: null,
    closed: null,
    acknowledged: null,
    silenced: false,
  },
  decimals: 3,
  link: 'https://klawing.example.go.id/#/alerts/12',
  isTest: false,
  ...given,
});

interface Given extends Readonly<Record<string, unknown>> {
  readonly link?: string | undefined;
}

const open = (
  { link, ...settings }: Given,
  publish?: (topic: string, payload: Uint8Array, retain: boolean) => Promise<void>,
) => {
  const log = silentLog();
  const refuse = () => Promise.reject(new Error('this test publishes nothing'));
  const deps = { clock: manualClock(), log, language: 'id' as const, link, publish: publish ?? refuse };
  return { channel: ConfiguredChannel.parse(settings).open('posko', deps), log };
};

/** One try with a message about the notice; gives the fault, or undefined when it was taken. */
const send = (
  channel: Channel,
  { of = notice(), recipient = channel.recipients[0] ?? '', timeout = WAIT, signal = never } = {},
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
    await send(webhook(hook.url), { of: notice({ lateSince: MORNING }) });
    expect(hook.posts.map(({ body }) => body.includes('"late":true'))).toEqual([false, true]);
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

  test('tries again later without an answer or a listener', async () => {
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
    expect(() => ConfiguredChannel.parse({ kind: 'webhook', url: 'ftp://posko', secret: SECRET })).toThrow(/http/);
    expect(() =>
      ConfiguredChannel.parse({ kind: 'webhook', url: 'https://posko.example.go.id', secret: 'short' }),
    ).toThrow(/16/);
  });
});

const FROM = 'Klawing Purbalingga <alert@example.go.id>';

const mailTo = (smtp: string, to: unknown = 'posko@example.go.id', given: object = {}): Channel =>
  open({ kind: 'email', smtp, from: FROM, to, timeout: '5m', ...given }).channel;

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

  test('has no character in it by which a name changes the mail, its lines or their direction', async () => {
    const smtp = await smtpServer();
    const channel = mailTo(smtp.url, ['posko@example.go.id']);
    const name = NASTY.join('|').replaceAll(/[\uD800-\uDFFF]/g, '');
    const { alert } = notice();
    const of = [
      notice({ alert: { ...alert, station_name: `Bancar\r\nBcc: all@example.org${name}`, device: name } }),
      notice({ alert: { ...alert, station_name: name, detail: { id: name, en: name }, device: name } }),
    ];
    for (const each of of) expect(await send(channel, { of: each })).toBeUndefined();
    for (const { source, to } of smtp.mails) {
      expect(to).toEqual(['posko@example.go.id']);
      expect(decoded(source).replaceAll(/[\r\n\t]/g, '')).not.toMatch(UNPRINTABLE);
      expect(decoded(source)).not.toMatch(/^Bcc:/m);
      expect(decoded(source)).toContain('\\u202e');
    }
  });

  test('says of a closed alert that it cannot be confirmed, or who ended it, and never that it is over', async () => {
    const smtp = await smtpServer();
    const channel = mailTo(smtp.url, ['posko@example.go.id', { address: 'duty@example.org', language: 'en' }]);
    const { alert } = notice();
    const at = '2026-11-24T03:20:00.000Z';
    const gone = { id: 'Perangkat pbg-r03 dicabut', en: 'Device pbg-r03 was revoked' };
    const byHand = { id: 'Diakhiri oleh Sari: sensor rusak', en: 'Ended by Sari: sensor rusak' };
    const closings = [
      { at, reason: 'device-revoked' as const, why: gone, by: null, note: null },
      { at, reason: 'by-hand' as const, why: byHand, by: 'Sari', note: 'sensor rusak' },
    ];
    for (const closed of closings) {
      const of = notice({ alert: { ...alert, state: 'closed', closed } });
      for (const recipient of channel.recipients) expect(await send(channel, { of, recipient })).toBeUndefined();
    }
    const texts = smtp.mails.map(({ source }) => decoded(source));
    expect(texts[0]).toContain('Tidak dapat dipastikan: Waspada banjir');
    expect(texts[0]).toContain(
      'Perangkat pbg-r03 dicabut. Tidak ada pengukuran yang menunjukkan bahwa keadaannya sudah berakhir.',
    );
    expect(texts[1]).toContain('Cannot be confirmed: Flood watch');
    expect(texts[1]).toContain('Device pbg-r03 was revoked. No measurement shows that it is over.');
    expect(texts[2]).toContain('Diakhiri petugas: Waspada banjir');
    expect(texts[2]).toContain('Diakhiri oleh Sari: sensor rusak.');
    expect(texts[3]).toContain('Ended by hand: Flood watch');
    for (const text of texts) expect(text).not.toMatch(/Berakhir: |Over: /);
  });

  test('says of a late message when it was made, and that its alert still stands', async () => {
    const smtp = await smtpServer();
    const channel = mailTo(smtp.url, ['posko@example.go.id', { address: 'duty@example.org', language: 'en' }]);
    const { alert } = notice();
    const over = notice({ alert: { ...alert, state: 'resolved' }, lateSince: MORNING });
    for (const recipient of channel.recipients) await send(channel, { of: notice({ lateSince: MORNING }), recipient });
    await send(channel, { of: over, recipient: 'duty@example.org' });
    const [indonesian, english, end] = smtp.mails.map(({ source }) => decoded(source));
    expect(indonesian).toContain('[TERLAMBAT] Waspada banjir');
    expect(indonesian).toMatch(
      /Pesan ini terlambat: dibuat 24 Nov 2026,? 10[.:]00[.:]00 WIB.*Peringatan ini masih berlaku/,
    );
    expect(english).toContain('[LATE] Flood watch');
    expect(english).toMatch(
      /it was made 24 Nov 2026, 10:00:00 WIB and could not be delivered before\. The alert still stands/,
    );
    expect(end).toContain('[LATE] Over: Flood watch');
    expect(end).not.toContain('still stands');
  });

  test('gives every try at a message the same Message-ID', async () => {
    const smtp = await smtpServer();
    const channel = mailTo(smtp.url);
    await send(channel);
    await send(channel);
    const [first, second] = smtp.mails.map(({ source }) => headerOf(source, 'Message-ID'));
    expect(first).toMatch(/^<alert-12-20261124030000000\..+@example\.go\.id>$/);
    expect(second).toBe(first);
  });

  test('comes from the sender that is set, with names, and says that no person wrote it', async () => {
    const smtp = await smtpServer();
    const channel = mailTo(smtp.url, 'a@example.org, "Posko, BPBD" <posko@example.go.id>');
    expect(channel.recipients).toEqual(['a@example.org', 'posko@example.go.id']);
    for (const recipient of channel.recipients) expect(await send(channel, { recipient })).toBeUndefined();
    const [plain, named] = smtp.mails;
    expect(plain?.from).toBe('alert@example.go.id');
    expect(headerOf(plain?.source, 'From')).toBe('Klawing Purbalingga <alert@example.go.id>');
    expect(headerOf(plain?.source, 'Auto-Submitted')).toBe('auto-generated');
    expect(named?.to).toEqual(['posko@example.go.id']);
    expect(headerOf(named?.source, 'To')).toBe('"Posko, BPBD" <posko@example.go.id>');
  });

  test('puts the mails about one alert into one thread of each recipient, and a test into none', async () => {
    const smtp = await smtpServer();
    const channel = mailTo(smtp.url, ['posko@example.go.id', 'duty@example.org']);
    const { alert } = notice();
    const over = notice({ key: 'j-1-9-12-resolved', alert: { ...alert, state: 'resolved' } });
    const other = notice({ key: 'j-1-9-13-firing', alert: { ...alert, id: 13 } });
    const trial = notice({ key: 'test-1', isTest: true });
    for (const of of [notice(), over, other, trial]) await send(channel, { of });
    await send(channel, { of: notice(), recipient: 'duty@example.org' });
    const [alarm = '', end = '', another = '', test = '', elsewhere = ''] = smtp.mails.map(({ source }) => source);
    const first = headerOf(alarm, 'Message-ID');
    expect(headerOf(alarm, 'In-Reply-To')).toBeUndefined();
    expect(headerOf(end, 'Message-ID')).toMatch(/^<j-1-9-12-resolved\./);
    expect(headerOf(end, 'In-Reply-To')).toBe(first);
    expect(headerOf(end, 'References')).toBe(first);
    for (const mail of [another, test, elsewhere]) {
      expect(headerOf(mail, 'Message-ID')).not.toBe(first);
      expect(headerOf(mail, 'In-Reply-To')).toBeUndefined();
    }
  });

  test.for([
    ['the host of the link', 'https://klawing.example.go.id:8443/', {}, 'klawing.example.go.id'],
    ['the domain of the sender where the link names no host', undefined, {}, 'example.go.id'],
    ['the domain of the sender where the host is none of the DNS', 'http://localhost:8080', {}, 'example.go.id'],
    ['the domain of the sender where the link has an address', 'http://192.0.2.7', {}, 'example.go.id'],
    ['what is set', 'https://klawing.example.go.id', { ehlo: 'mail.example.go.id' }, 'mail.example.go.id'],
  ] as const)('greets the mail server with %s', async ([, link, given, name]) => {
    const smtp = await smtpServer();
    expect(await send(mailTo(smtp.url, undefined, { ...given, link }))).toBeUndefined();
    expect(smtp.mails.map(({ ehlo }) => ehlo)).toEqual([name]);
  });

  test('names the remedy when a server refuses the domain of the sender', async () => {
    const smtp = await smtpServer({ sendersOf: 'dlh.example.go.id' });
    const fault = await send(mailTo(smtp.url));
    expect(fault).toMatchObject({ code: 'CHANNEL_REFUSED', retry: false });
    expect(fault?.detail).toMatch(/553.*does not take alert@example\.go\.id as sender.*KLAWING_ALERT_EMAIL_FROM/);
    expect(await send(mailTo(smtp.url, undefined, { from: 'DLH <alert@dlh.example.go.id>' }))).toBeUndefined();
  });

  test.for([
    ['klawing@localhost.localdomain', 'no mail server takes mail from localhost.localdomain'],
    ['Klawing <klawing@server.invalid>', 'no mail server takes mail from server.invalid'],
    ['alert@example.com', 'no mail server takes mail from example.com'],
    ['klawing@localhost', 'is no address such as'],
    ['Klawing Purbalingga', 'is no address such as'],
    ['a@example.go.id\r\nBcc: b@example.org', 'is no address'],
    [undefined, 'mail needs a sender'],
  ] as const)('refuses %j as sender', ([from, words]) => {
    expect(() => mailTo('smtp://127.0.0.1', undefined, { from })).toThrow(words);
  });

  test('splits addresses that the environment gives in one text', () => {
    expect(mailTo('smtp://127.0.0.1', 'a@example.org, b@example.org').recipients).toEqual([
      'a@example.org',
      'b@example.org',
    ]);
  });

  test.for([
    ['greeting', 421, true],
    ['greeting', 554, true],
    ['login', 454, true],
    ['sender', 421, true],
    ['sender', 451, true],
    ['sender', 503, true],
    ['sender', 550, false],
    ['sender', 553, false],
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

  test.for([
    ['login', 535],
    ['login', 534],
    ['sender', 530],
  ] as const)('a refusal of the %s with %i is one of the login, which is tried again', async ([at, code]) => {
    const smtp = await smtpServer();
    smtp.refuse(at, code);
    const fault = await send(mailTo(smtp.url));
    expect(fault).toMatchObject({ code: 'CHANNEL_LOGIN_REFUSED', retry: true });
    expect(fault?.detail).toMatch(new RegExp(`${code}.*KLAWING_SMTP_URL`));
    smtp.refuse(at, undefined);
    expect(await send(mailTo(smtp.url))).toBeUndefined();
  });

  test('tries again later without a listener', async () => {
    const fault = await send(mailTo(`smtp://127.0.0.1:${await freePort()}`));
    expect(fault).toMatchObject({ code: 'CHANNEL_UNREACHABLE', retry: true });
  });

  test('never shows its password', async () => {
    const settings = ConfiguredChannel.parse({
      kind: 'email',
      smtp: 'smtp://klawing:tersembunyi@127.0.0.1',
      to: 'a@example.org',
      from: FROM,
    });
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
  { kind: 'email', smtp: 'smtp://127.0.0.1', from: FROM, to: 'a@example.org' },
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
    expect(() => ConfiguredChannel.parse({ ...settings, urll: 'x' })).toThrow(/urll/);
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
