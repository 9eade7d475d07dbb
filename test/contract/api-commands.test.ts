import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MOST_OPEN } from '#commands/service.ts';
import { CommandDocument, CommandList, ConfigDocument } from '#api/commands/schema.ts';
import { minutes } from '#model/base/duration.ts';
import { answerOf, asOperator, problemOf, type TestApi, testApi } from '#test/support/servers/api.ts';
import { anyBytes } from '#test/support/builders/hostile-text.ts';

const CONFIG = '/v1/devices/dev-1/config';
const COMMANDS = '/v1/devices/dev-1/commands';

const put = (
  { url }: TestApi,
  body: unknown,
  headers: Readonly<Record<string, string>> = asOperator,
): Promise<Response> =>
  fetch(`${url}${CONFIG}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

describe('/v1/devices/{device}/config', () => {
  test('is empty at first, then what was set, with its history and who set it', async () => {
    const api = await testApi();
    expect(await answerOf(await api.get(CONFIG), ConfigDocument)).toMatchObject({
      revision: 0,
      config: {},
      changes: [],
    });
    await put(api, { config: { interval: '5m', limits: { pm2_5: { max: 55 } } }, by: 'Sari' });
    await api.clock.advance(minutes(1));
    const answer = await put(api, { config: { interval: '90s', settings: { gain: 2, mode: 'low', led: false } } });
    expect(answer.status).toBe(200);
    const document = await answerOf(answer, ConfigDocument);
    expect(document).toMatchObject({
      revision: 2,
      config: { interval: '90s', settings: { gain: 2, mode: 'low', led: false } },
      changes: [
        { revision: 2, at: '2026-11-24T03:01:00.000Z', by: null },
        { revision: 1, at: '2026-11-24T03:00:00.000Z', by: 'Sari', config: { limits: { pm2_5: { max: 55 } } } },
      ],
    });
    expect(document.config.limits).toBeUndefined();
    expect(await answerOf(await api.get(CONFIG), ConfigDocument)).toEqual(document);
  });

  test('makes the device expected as often as it is to report', async () => {
    const api = await testApi();
    await put(api, { config: { interval: '10m' } });
    expect(api.operations.registry().devices.get('dev-1')?.every).toEqual(minutes(10));
    await put(api, { config: { settings: { gain: 1 } } });
    expect(api.operations.registry().devices.get('dev-1')?.every).toEqual(minutes(10));
  });

  test.for([
    ['an interval of less than a second', { interval: '10ms' }],
    ['an interval of more than a day', { interval: '2d' }],
    ['a member that is no part of a config', { colour: 'red' }],
    ['a setting that is no word', { settings: { 'Not A Word': 1 } }],
    [
      'more than a device can read',
      { settings: Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`w${i}`, 'x'.repeat(200)])) },
    ],
  ])('refuses %s', async ([, config]) => {
    const api = await testApi();
    expect(await problemOf(await put(api, { config }))).toMatchObject({ status: 400, code: 'REQUEST_INVALID' });
    expect(api.operations.configs()).toEqual([]);
  });

  test('is changed by the operator alone, and of a registered device alone', async () => {
    const api = await testApi();
    expect((await put(api, { config: {} }, {})).status).toBe(401);
    expect((await api.get('/v1/devices/nobody/config')).status).toBe(404);
  });
});

describe('/v1/devices/{device}/commands', () => {
  test('accepts a command, keeps it for 10 minutes by default, and shows it', async () => {
    const { get, post } = await testApi();
    const answer = await post(COMMANDS, { name: 'reboot', by: 'Budi' });
    expect(answer.status).toBe(202);
    const command = await answerOf(answer, CommandDocument);
    expect(command).toMatchObject({
      name: 'reboot',
      by: 'Budi',
      state: 'waiting',
      arguments: {},
      reply: null,
      created_at: '2026-11-24T03:00:00.000Z',
      expires_at: '2026-11-24T03:10:00.000Z',
    });
    const location = answer.headers.get('location') ?? '';
    expect(await answerOf(await get(location), CommandDocument)).toEqual(command);
    const other = await answerOf(
      await post(COMMANDS, { name: 'set', arguments: { gain: 2 }, within: '2d' }),
      CommandDocument,
    );
    expect(other.expires_at).toBe('2026-11-26T03:00:00.000Z');
    const { commands } = await answerOf(await get(COMMANDS), CommandList);
    expect(commands).toEqual([other, command]);
  });

  test('shows any bytes that a device answers with', async () => {
    const { get, post, operations } = await testApi();
    const { id } = await answerOf(await post(COMMANDS, { name: 'reboot' }), CommandDocument);
    const nested = fc.nat(30_000).map((levels) => Buffer.from(`${'['.repeat(levels)}${']'.repeat(levels)}`));
    let sequence = 0;
    await fc.assert(
      fc.asyncProperty(fc.oneof(anyBytes, nested), async (payload) => {
        sequence += 1;
        await operations.commitAlerted({
          cursor: { journal: 'j-1', sequence },
          latest: [],
          presence: [],
          seen: [],
          replies: [{ id, device: 'dev-1', at: sequence, payload, outcome: 'delivered' }],
        });
        const [command] = (await answerOf(await get(COMMANDS), CommandList)).commands;
        expect(command?.reply).toBeDefined();
        expect(await answerOf(await get(`${COMMANDS}/${id}`), CommandDocument)).toEqual(command);
      }),
    );
  });

  test('lists in pages, newest first, and of one state', async () => {
    const { get, post, operations } = await testApi();
    for (const name of ['a', 'b', 'c']) await post(COMMANDS, { name });
    const page = await get(`${COMMANDS}?limit=2`);
    expect((await answerOf(page, CommandList)).commands.map(({ name }) => name)).toEqual(['c', 'b']);
    const next = /<(.*)>/.exec(page.headers.get('link') ?? '')?.[1] ?? '';
    const rest = await get(next);
    expect((await answerOf(rest, CommandList)).commands.map(({ name }) => name)).toEqual(['a']);
    expect(rest.headers.get('link')).toBeNull();
    await operations.commandSent(operations.openCommands()[0]?.id ?? '', 0, -1);
    const sent = await answerOf(await get(`${COMMANDS}?state=sent`), CommandList);
    expect(sent.commands.map(({ name }) => name)).toEqual(['a']);
  });

  test('holds only so many open ones of a device', async () => {
    const { post } = await testApi();
    for (let i = 0; i < MOST_OPEN; i += 1) expect((await post(COMMANDS, { name: 'report' })).status).toBe(202);
    expect(await problemOf(await post(COMMANDS, { name: 'report' }))).toMatchObject({
      status: 503,
      code: 'SERVICE_BUSY',
    });
  });

  test.for([
    ['without a name', {}],
    ['with a name that firmware could not have', { name: 'Re boot!' }],
    ['for longer than a session is kept', { name: 'reboot', within: '31d' }],
    ['with an argument that is an object', { name: 'reboot', arguments: { deep: {} } }],
    [
      'that is larger than a device can read',
      { name: 'x', arguments: Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`w${i}`, 'x'.repeat(200)])) },
    ],
  ])('refuses one %s', async ([, body]) => {
    const { post } = await testApi();
    expect(await problemOf(await post(COMMANDS, body))).toMatchObject({ status: 400, code: 'REQUEST_INVALID' });
  });

  test('refuses one to a device that is shut out', async () => {
    const { post } = await testApi();
    await post('/v1/devices/dev-1/revoke', {});
    expect(await problemOf(await post(COMMANDS, { name: 'reboot' }))).toMatchObject({ status: 400 });
  });

  test('takes commands of the operator alone, to a registered device alone', async () => {
    const { get, post } = await testApi();
    expect((await post(COMMANDS, { name: 'reboot' }, {})).status).toBe(401);
    expect((await post('/v1/devices/nobody/commands', { name: 'reboot' })).status).toBe(404);
    expect((await get(`${COMMANDS}/none`)).status).toBe(404);
  });
});
