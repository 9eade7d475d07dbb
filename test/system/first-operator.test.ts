import { expect, test } from 'vitest';
import { SessionDocument } from '#api/session/schema.ts';
import { testService, type Service } from '#test/support/servers/service.ts';
import { eventually } from '#test/support/eventually.ts';
import { cookieOf, PASSWORD } from '#test/support/clients/people.ts';

const LINK = /http:\/\/\S+\/#\/invitation\/(\S+)/;

/** The code of the link that a start prints. */
const printedCode = async (service: Service): Promise<string> => {
  const up = service.running('up');
  await eventually(() => expect(up.out()).toMatch(LINK));
  return LINK.exec(up.out())?.[1] ?? '';
};

const accept = ({ url }: Service, code: string, login: string): Promise<Response> =>
  fetch(`${url}/v1/invitation/accept`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
    body: JSON.stringify({ code, name: 'Budi Santoso', login, password: PASSWORD, consent: true }),
  });

const codeOf = async (answer: Response): Promise<unknown> => Reflect.get(Object(await answer.json()), 'code');

test('the link that a first start prints makes one operator, once; until then each start prints a new one', async () => {
  const service = await testService();
  const lost = await printedCode(service);
  await service.kill('up', 'SIGTERM');

  service.start('up');
  const code = await printedCode(service);
  expect(code).not.toBe(lost);
  expect(await codeOf(await accept(service, lost, 'budi'))).toBe('INVITATION_REFUSED');

  const answers = await Promise.all(['budi', 'tono', 'joko'].map((login) => accept(service, code, login)));
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 403, 403]);
  const [admitted] = answers.filter(({ status }) => status === 200);
  if (admitted === undefined) throw new Error('nobody was admitted');
  const cookie = cookieOf(admitted);
  const session = await service.get('/v1/session', { cookie: `klawing=${cookie}`, 'sec-fetch-site': 'same-origin' });
  expect(SessionDocument.parse(await session.json())).toMatchObject({ role: 'operator' });

  expect(await codeOf(await accept(service, code, 'eve'))).toBe('INVITATION_REFUSED');
  expect((await service.post('/v1/people/first', {})).status).toBe(409);
  expect(
    await (await service.get('/v1/people', { authorization: `Bearer ${service.operatorToken()}` })).json(),
  ).toMatchObject({ people: [{ role: 'operator', can_sign_in: true }] });
  await service.kill('up', 'SIGTERM');

  service.start('up');
  const up = service.running('up');
  await eventually(() => expect(up.out()).toContain('Stop with Ctrl-C'));
  await service.ready();
  await eventually(async () => expect((await service.get('/v1/session')).status).toBe(200));
  expect(up.out()).not.toMatch(LINK);
  expect(up.err()).not.toContain(code);
});
