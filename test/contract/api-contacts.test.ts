import { expect, test } from 'vitest';
import { z } from 'zod';
import { channelProblems } from '#alerter/notify/channel-health.ts';
import { maskContacts } from '#model/accounts/contact.ts';
import { minutes } from '#model/base/duration.ts';
import { asOperator, READER, testApi, type TestApi } from '#test/support/servers/api.ts';
import { aPersonWith } from '#test/support/clients/people.ts';
import { anAlert } from '#test/support/servers/console.ts';

const EMAIL = 'sari.wulandari@example.go.id';
const PHONE = '+62 812-3456-7890';
const ANSWER = `550 5.1.1 <${EMAIL}>: no such user, call ${PHONE}`;
const CONTACTS = /sari\.wulandari@|812-3456/;

/** Recipients by mail and by telephone, with failed messages, and a person with both contacts. */
const withContacts = async (): Promise<TestApi> => {
  const api = await testApi();
  await api.accounts.people.add({ name: 'Sari Wulandari', email: EMAIL, phone: PHONE, consent: true });
  const { operations, clock } = api;
  const message = (recipient: string) => ({
    key: `j-1-7-firing-${recipient.length}`,
    alert: 7,
    state: 'firing' as const,
    channel: 'email',
    recipient,
    body: '{}',
    receivedAt: clock.now(),
    createdAt: clock.now(),
    isReplacing: false,
  });
  await operations.commitAlerts({ alerts: [anAlert()], events: [], messages: [EMAIL, PHONE].map(message) });
  for (const { id } of operations.deliveries(7)) {
    const turn = { id, isTried: true, isOfRecipient: true, isLate: false };
    await operations.noteDelivery({ ...turn, delivery: 'waiting', at: clock.now(), error: ANSWER });
  }
  return api;
};

const Paths = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });

/** The address of every route that reads, with things that exist. */
const readingPaths = async ({ get }: TestApi): Promise<readonly string[]> => {
  const { paths } = Paths.parse(await (await get('/openapi.json')).json());
  const values: Readonly<Record<string, string>> = { station: 'ST1', device: 'dev-1', id: '7', person: '1' };
  return Object.entries(paths)
    .filter(([, methods]) => 'get' in methods)
    .map(([path]) => path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '1'));
};

/** The text of an answer; of a stream, nothing but its head. */
const textOf = async (answer: Response): Promise<string> => {
  if (answer.headers.get('content-type')?.startsWith('text/event-stream') !== true) return answer.text();
  await answer.body?.cancel();
  return '';
};

test('no route that reads shows contacts of people to anyone but operators', async () => {
  const api = await withContacts();
  const paths = await readingPaths(api);
  expect(paths).toContain('/v1/alerts/7');
  const { secret } = await api.accounts.tokens.add({ name: 'program', role: 'analyst', valid: minutes(1) });
  const readers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    local: {},
    'read token': { authorization: `Bearer ${READER}` },
    'token of an analyst': { authorization: `Bearer ${secret.reveal()}` },
    viewer: (await aPersonWith(api, 'viewer')).headers,
    duty: (await aPersonWith(api, 'duty')).headers,
    analyst: (await aPersonWith(api, 'analyst')).headers,
  };
  for (const [reader, headers] of Object.entries(readers)) {
    for (const path of paths) {
      const text = await textOf(await api.get(path, headers));
      expect(text, `${reader} ${path}`).not.toMatch(CONTACTS);
    }
    const receipts = await (await api.get('/v1/alerts/7', headers)).json();
    expect(receipts, reader).toMatchObject({
      receipts: [
        { recipient: 's***@example.go.id', last_error: '550 5.1.1 <s***@example.go.id>: no such user, call +62***90' },
        { recipient: '+62***90' },
      ],
    });
  }
});

test('an operator sees the recipients of an alert and the answers in full', async () => {
  const api = await withContacts();
  for (const headers of [asOperator, (await aPersonWith(api, 'operator')).headers]) {
    expect(await (await api.get('/v1/alerts/7', headers)).json()).toMatchObject({
      receipts: [{ recipient: EMAIL, last_error: ANSWER }, { recipient: PHONE }],
    });
    expect(await (await api.get('/v1/people', headers)).text()).toMatch(CONTACTS);
  }
});

test('the alert about a channel, which everyone reads, repeats no contact of the answer', () => {
  const failing = [{ channel: 'email', recipient: EMAIL, failingSince: 0, lastError: ANSWER }];
  const problems = channelProblems([{ channel: 'email', recipients: 1, failing }]);
  expect(problems).toHaveLength(1);
  expect(JSON.stringify(problems)).not.toMatch(CONTACTS);
});

test.for([
  ['Budi <budi@posko.example.go.id>', 'Budi <b***@posko.example.go.id>'],
  ['0812 3456 7890', '081***90'],
  ['hubungi 081234567890.', 'hubungi 081***90.'],
  ['https://hook.example.go.id', 'https://hook.example.go.id'],
  ['muka air 0.35 m pada 2026-11-24T03:00:00.000Z', 'muka air 0.35 m pada 2026-11-24T03:00:00.000Z'],
  ['v1/alerts/PBG-R03/siaga', 'v1/alerts/PBG-R03/siaga'],
] as const)('of "%s" this is shown: "%s"', ([text, shown]) => {
  expect(maskContacts(text)).toBe(shown);
});
