import { expect, test } from 'vitest';
import { checkIdentityService } from '#cli/checks/identity-service.ts';
import { readSettings } from '#cli/settings.ts';
import { systemClock } from '#model/base/clock.ts';
import { identityService } from '#test/support/servers/identity-service.ts';

test('the check of the identity service tells one that answers from one that is away, and from none', async () => {
  const service = await identityService();
  service.serve('http://127.0.0.1:8080', {});
  const env = {
    KLAWING_OIDC_ISSUER: service.issuer,
    KLAWING_OIDC_CLIENT_ID: 'klawing',
    KLAWING_OIDC_CLIENT_SECRET: 'a-secret-of-a-test',
  };
  const check = (given: Readonly<Record<string, string>>) =>
    checkIdentityService({ settings: readSettings(undefined, given), clock: systemClock });
  expect(await check({})).toEqual([]);
  expect(await check(env)).toEqual([{ check: 'identity service', state: 'ok', found: `${service.issuer} answers` }]);
  await service.stop();
  const [finding] = await check(env);
  expect(finding).toMatchObject({ state: 'failed', found: expect.stringContaining('OIDC_UNREACHABLE') });
  expect(JSON.stringify(finding)).not.toContain('a-secret');
});

test('a secret of the identity service is never shown by what is wrong with the settings', () => {
  const env = { KLAWING_OIDC_CLIENT_SECRET: 'a-secret-of-a-test', KLAWING_OIDC_CLIENT_ID: 'klawing' };
  expect(() => readSettings(undefined, env)).toThrow(/"accounts.oidc.issuer" is not set.*KLAWING_OIDC_ISSUER/);
  expect(() => readSettings(undefined, { ...env, KLAWING_OIDC_ISSUER: 'http://login.example.go.id' })).toThrow(
    /has to begin with https/,
  );
  expect(
    JSON.stringify(readSettings(undefined, { ...env, KLAWING_OIDC_ISSUER: 'https://login.example.go.id' })),
  ).not.toContain('a-secret');
});
