import { describe, expect, test } from 'vitest';
import { Decoded, ProfileList } from '#api/decode/schema.ts';
import { readProfile } from '#cli/device/profile-files.ts';
import { profileChanges } from '#registry/profiles.ts';
import { answerOf, problemOf, testApi } from '#test/support/servers/api.ts';

const RECIPE = `id: box
version: 2026-11-01
title: { id: Kotak, en: Box }
families: [air]
topics: { readings: [tele/SENSOR] }
fields:
  a.dust: { property: pm2_5, scale: 10, missing: [99] }
  a.big: { property: pm10, missing: [-1] }
ignored: [lqi]
`;

/** The API with the profile `box`, which the device dev-1 has. */
const withProfile = async () => {
  const api = await testApi();
  const { operations, clock } = api;
  await operations.changeRegistry(profileChanges([readProfile('box.yaml', RECIPE)], operations.registry(), 0));
  const patched = await fetch(`${api.url}/v1/devices/dev-1`, {
    method: 'PATCH',
    headers: { authorization: 'Bearer the-operator-token-of-a-test', 'content-type': 'application/json' },
    body: JSON.stringify({ profile: 'box' }),
  });
  expect(patched.status).toBe(200);
  return { ...api, now: clock.now() };
};

describe('POST /v1/decode', () => {
  test('shows each step by the code of the pipeline, in both languages, and stores nothing', async () => {
    const { post, get } = await withProfile();
    const payload = JSON.stringify({
      time: '2026-11-24T03:00:00Z',
      lqi: 'x',
      a: { dust: 3.5, big: -1, odd: 'high', x: 1 },
    });
    const answer = await answerOf(
      await post('/v1/decode', { device: 'dev-1', topic: 'tele/SENSOR', payload }),
      Decoded,
    );
    expect(answer).toMatchObject({
      topic: 'v1/dev-1/tele/SENSOR',
      codec: 'json',
      profile: { id: 'box', version: '2026-11-01' },
      ignored: ['lqi'],
      readings: 2,
    });
    expect(answer.messages).toMatchObject([
      {
        time: '2026-11-24T03:00:00.000Z',
        fields: [
          { field: 'a.dust', place: '/a/dust', given: 3.5, outcome: 'stored', value: 35, unit: 'ug/m3', flag: 1 },
          {
            field: 'a.big',
            outcome: 'stored-missing',
            flag: 9,
            explanation: { id: expect.stringContaining('MISSING') },
          },
          { field: 'a.x', outcome: 'refused', property: null, value: null },
        ],
      },
    ]);
    expect(answer.refused).toMatchObject([
      { place: '/a/x', code: 'PROPERTY_UNKNOWN', title: { id: 'jenis stasiun ini tidak memiliki besaran tersebut' } },
      { place: '/a/odd', code: 'VALUE_NOT_A_NUMBER', title: { id: 'nilai bukan bilangan' } },
    ]);
    expect(await (await get('/v1/stations/ST1/readings')).json()).toMatchObject({ readings: [] });
  });

  test('explains a payload that cannot be read, and one of a stranger', async () => {
    const { post } = await withProfile();
    const cut = await answerOf(await post('/v1/decode', { device: 'dev-1', payload: '{"a":' }), Decoded);
    expect(cut).toMatchObject({ messages: [], readings: 0, refused: [{ code: 'PAYLOAD_CUT' }] });
    const bytes = Buffer.from('{"pm2_5":1}').toString('base64');
    const strange = await answerOf(await post('/v1/decode', { device: 'dev-9', payload_base64: bytes }), Decoded);
    expect(strange).toMatchObject({ profile: null, refused: [{ code: 'DEVICE_UNKNOWN' }], readings: 0 });
  });

  test('tries a profile without a device', async () => {
    const { post } = await withProfile();
    const payload = '{"a":{"dust":2}}';
    const tried = await answerOf(await post('/v1/decode', { profile: 'box', payload }), Decoded);
    expect(tried).toMatchObject({ readings: 1, messages: [{ time: null, fields: [{ value: 20 }] }] });
    expect(await problemOf(await post('/v1/decode', { profile: 'bix', payload }))).toMatchObject({ status: 400 });
  });

  test.for([{}, { device: 'dev-1' }, { device: 'dev-1', profile: 'box', payload: '{}' }])(
    'refuses a request that does not say of what: %o',
    async (body) => {
      const { post } = await testApi();
      expect((await post('/v1/decode', body)).status).toBe(400);
    },
  );
});

test('GET /v1/profiles lists each profile with its versions and the number of its devices', async () => {
  const { get } = await withProfile();
  const { profiles } = await answerOf(await get('/v1/profiles'), ProfileList);
  expect(profiles).toMatchObject([{ profile: { id: 'box', ignored: ['lqi'] }, versions: ['2026-11-01'], devices: 1 }]);
});
