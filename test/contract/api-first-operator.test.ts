import { expect, test } from 'vitest';
import { minutes } from '#model/base/duration.ts';
import { AccountSettings } from '#accounts/settings.ts';
import { LinkDocument } from '#api/people/schema.ts';
import { answerOf, problemOf, testApi } from '#test/support/servers/api.ts';
import { PASSWORD } from '#test/support/clients/people.ts';

test('the link of the first operator ends after the time in the settings', async () => {
  const accountSettings = AccountSettings.parse({ invitationValid: '1h' });
  const { post, clock, operations } = await testApi({}, { accountSettings });
  const link = await answerOf(await post('/v1/people/first', {}), LinkDocument);
  expect(link.valid_until).toBe('2026-11-24T04:00:00.000Z');
  const body = { code: link.code, name: 'Budi', login: 'budi', password: PASSWORD, consent: true };
  await clock.advance(minutes(60));
  const page = { 'sec-fetch-site': 'same-origin' };
  const late = await problemOf(await post('/v1/invitation/accept', body, page));
  expect(late).toMatchObject({ status: 403, code: 'INVITATION_REFUSED' });
  expect(operations.people()).toEqual([]);
});
