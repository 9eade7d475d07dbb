import { expect, test } from 'vitest';
import { cookieOf, PASSWORD, withCookie } from '#test/support/clients/people.ts';
import { eventually } from '#test/support/eventually.ts';
import { testService } from '#test/support/servers/service.ts';

const LINK = /#\/invitation\/([\w-]+)/;
const INVITES = 'This link makes the first operator';

test('the link of the first start makes the first operator, works once, and the next start prints none', async () => {
  const service = await testService({ upWith: [] });
  const up = service.running('up');
  await eventually(() => expect(up.out()).toMatch(LINK));
  expect(up.out()).toContain(INVITES);
  const [, code] = LINK.exec(up.out()) ?? [];
  const join = (login: string): Promise<Response> =>
    fetch(`${service.url}/v1/invitation/accept`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
      body: JSON.stringify({ code, name: 'Budi Santoso', login, password: PASSWORD, consent: true }),
    });
  const joined = await join('budi');
  expect(joined.status).toBe(200);
  const people = await fetch(`${service.url}/v1/people`, { headers: withCookie(cookieOf(joined)) });
  expect(await people.json()).toMatchObject({ people: [{ login: 'budi', role: 'operator', can_sign_in: true }] });
  expect((await join('other')).status).toBe(403);
  await service.kill('up', 'SIGTERM');
  const again = service.start('up');
  await eventually(() => expect(again.out()).toContain('Klawing is ready.'));
  expect((await service.post('/v1/people/first', {})).status).toBe(409);
  await service.kill('up', 'SIGTERM');
  expect(again.out()).not.toContain(INVITES);
});
