import { describe, expect, test } from 'vitest';
import { problemOf, type TestApi, testApi } from '#test/support/servers/api.ts';
import { aMember } from '#test/support/clients/people.ts';

const REFUSED = [
  ['a control character', 'Banc\u0007ar'],
  ['an escape sequence', 'Bancar\u001B[2J'],
  ['a control character of eight bits', 'Bancar\u009B31m'],
  ['a right-to-left override', 'Bancar \u202Egpj.exe'],
  ['an isolate', 'Bancar\u2066x'],
  ['an Arabic letter mark', 'Ban\u061Ccar'],
  ['a separator of lines', 'Bancar\u2028x'],
  ['an invisible blank', 'Ban\u200Bcar'],
  ['a byte order mark', 'Ban\uFEFFcar'],
] as const;

interface Place {
  readonly name: string;
  readonly send: (api: TestApi, text: string) => Promise<Response>;
}

const STATION = { id: 'PBG-R03', family: 'river', name: 'Bancar', lat: -7.39, lon: 109.375 };

const PLACES: readonly Place[] = [
  { name: 'a station', send: ({ post }, name) => post('/v1/stations', { ...STATION, name }) },
  {
    name: 'an attribute of a station',
    send: ({ post }, text) => post('/v1/stations', { ...STATION, attributes: { desa: text } }),
  },
  {
    name: 'the name of an attribute',
    send: ({ post }, text) => post('/v1/stations', { ...STATION, attributes: { [text]: 1 } }),
  },
  {
    name: 'a station of a registry document',
    send: ({ post }, name) => post('/v1/registry/apply', { stations: [{ ...STATION, name }] }),
  },
  { name: 'a person', send: ({ post }, name) => post('/v1/people', { name, role: 'duty', login: 'sari' }) },
  { name: 'a token', send: ({ post }, name) => post('/v1/tokens', { name, role: 'viewer' }) },
  {
    name: 'the reason of a silence',
    send: ({ post }, reason) => post('/v1/silences', { station: 'ST1', for: '2h', reason }),
  },
  {
    name: 'the person of a silence',
    send: ({ post }, by) => post('/v1/silences', { station: 'ST1', for: '2h', reason: 'x', by }),
  },
  {
    name: 'the sender of a command',
    send: ({ post }, by) => post('/v1/devices/dev-1/commands', { name: 'reboot', by }),
  },
];

describe.for(PLACES)('$name', ({ send }) => {
  test('refuses control characters, and those that turn the direction of text or are invisible', async () => {
    const api = await testApi();
    await aMember(api, 'operator', { login: 'budi', name: 'Budi' });
    for (const [what, text] of REFUSED) {
      const problem = await problemOf(await send(api, text));
      expect(problem, what).toMatchObject({ status: 400, code: 'REQUEST_INVALID' });
      expect(problem.detail, what).not.toContain(text);
    }
  });

  test('accepts the letters of every script', async () => {
    const api = await testApi();
    await aMember(api, 'operator', { login: 'budi', name: 'Budi' });
    for (const text of ['Kali Klawing – «Bancar» № 3', 'ꦥꦸꦂꦧꦭꦶꦁꦒ', 'نهر', '川の👩\u200D🔧']) {
      expect((await send(api, text)).status, text).not.toBe(400);
    }
  });
});
