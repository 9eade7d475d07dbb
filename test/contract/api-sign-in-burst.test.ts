import { expect, test } from 'vitest';
import { testApi, type TestApi } from '#test/support/servers/api.ts';
import { aMember, PASSWORD } from '#test/support/clients/people.ts';

const SARI = { login: 'sari', name: 'Sari Wulandari' };
const GUESSES = 60;

/** Sends all attempts at the same time; gives how many got each status. */
const burst = async ({ post }: TestApi, attempts: readonly { readonly login: string; readonly address: string }[]) => {
  const answers = await Promise.all(
    attempts.map(({ login, address }, guess) =>
      post(
        '/v1/session',
        { login, password: `guess number ${guess}` },
        { 'sec-fetch-site': 'same-origin', 'x-forwarded-for': address, 'x-forwarded-proto': 'https' },
      ),
    ),
  );
  const withStatus = (wanted: number): number => answers.filter(({ status }) => status === wanted).length;
  return { refused: withStatus(401), limited: withStatus(429) };
};

const guesses = Array.from({ length: GUESSES }, (_, guess) => guess);

test('guesses at one account at the same time, each of another address, are limited before their passwords are hashed', async () => {
  const api = await testApi();
  await aMember(api, 'duty', SARI);
  const attempts = guesses.map((guess) => ({ login: 'sari', address: `10.1.0.${guess}` }));
  expect(await burst(api, attempts)).toEqual({ refused: 10, limited: GUESSES - 10 });
});

test('guesses of one address at the same time, each at another account, are limited before their passwords are hashed', async () => {
  const api = await testApi();
  const attempts = guesses.map((guess) => ({ login: `name-${guess}`, address: '10.1.0.1' }));
  expect(await burst(api, attempts)).toEqual({ refused: 30, limited: GUESSES - 30 });
});

test('people behind one address who sign in at the same time are all admitted', async () => {
  const api = await testApi();
  const logins = guesses.slice(0, 20).map((guess) => `petugas-${guess}`);
  for (const login of logins) await aMember(api, 'duty', { login, name: 'Petugas Posko' });
  const answers = await Promise.all(
    logins.map((login) => api.post('/v1/session', { login, password: PASSWORD }, { 'sec-fetch-site': 'same-origin' })),
  );
  expect(answers.map(({ status }) => status)).toEqual(logins.map(() => 200));
});
