import { expect, test } from 'vitest';
import { systemClock } from '#model/base/clock.ts';
import { formatInstant } from '#model/base/instant.ts';
import { State } from '#model/registry/state.ts';
import { eventually } from '#test/support/eventually.ts';
import { testService } from '#test/support/servers/service.ts';

const BANCAR = {
  id: 'PBG-R03',
  family: 'river',
  name: 'Klawing – Bancar',
  lat: -7.39,
  lon: 109.375,
  attributes: { waspada: 2.5, siaga: 3.5, awas: 4.5, stage_max: 9 },
};

test('a level that was crossed is known after a kill, although a failed value came behind it', async () => {
  const service = await testService({ parts: ['broker', 'ingest'] });
  await service.ready();
  expect((await service.post('/v1/stations', BANCAR)).status).toBe(201);
  const secret = await service.addDevice('pbg-r03', 'PBG-R03');
  const send = async (agoMs: number, stage: number): Promise<void> => {
    const answer = await fetch(`${service.url}/v1/devices/pbg-r03/readings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ time: formatInstant(systemClock.now() - agoMs), stage }),
    });
    expect(answer.status).toBe(202);
  };
  const state = async (): Promise<State> => State.parse(await (await service.get('/v1/stations/PBG-R03/state')).json());
  const isFlood = async (): Promise<void> =>
    expect(await state()).toMatchObject({
      hazard: { level: 'siaga', rank: 2 },
      assurance: 'doubtful',
      value: { value: null, reason: 'failed', last_valid: { value: 4.22 } },
    });
  await send(20_000, 4.22);
  await send(5_000, 99);
  await eventually(isFlood);
  await service.kill('ingest', 'SIGKILL');
  service.start('ingest');
  await service.ready();
  await eventually(isFlood);
  expect((await state()).hazard.word).toEqual({ id: 'Siaga', en: 'Siaga' });
});
