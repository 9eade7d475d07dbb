import { rmSync } from 'node:fs';
import mqtt from 'mqtt';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '#model/base/clock.ts';
import { formatInstant } from '#model/base/instant.ts';
import { State, StateMessage } from '#model/registry/state.ts';
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

test('the state is retained for devices, also by a broker that has lost everything, and is a metric', async () => {
  const service = await testService({ parts: ['broker', 'ingest'] });
  await service.ready();
  expect((await service.post('/v1/stations', BANCAR)).status).toBe(201);
  const secret = await service.addDevice('pbg-r03', 'PBG-R03');
  const connect = async (): Promise<{ readonly newest: () => StateMessage }> => {
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${service.ports.mqtt}`, {
      username: 'pbg-r03',
      password: secret,
      clientId: 'pbg-r03.sign',
    });
    onTestFinished(async () => client.endAsync(true));
    let text = '';
    client.on('message', (_, payload) => {
      text = payload.toString();
    });
    await client.subscribeAsync('v1/stations/+/state', { qos: 1 });
    return { newest: () => StateMessage.parse(JSON.parse(text)) };
  };
  const sign = await connect();
  await eventually(() => expect(sign.newest()).toMatchObject({ hazard: { level: 'unknown', rank: null } }));
  const answer = await fetch(`${service.url}/v1/devices/pbg-r03/readings`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ stage: 3.62 }),
  });
  expect(answer.status).toBe(202);
  const siaga = { hazard: { level: 'siaga', rank: 2 }, assurance: 'valid', value: { value: 3.62 } };
  await eventually(() => expect(sign.newest()).toMatchObject(siaga));
  await eventually(async () => {
    const metrics = await (await service.get('/metrics')).text();
    expect(metrics).toContain('klawing_ingest_station_hazard{station="PBG-R03",family="river"} 2');
  });

  await service.kill('broker', 'SIGKILL');
  rmSync(`${service.data}/sessions`, { recursive: true });
  service.start('broker');
  await service.ready();
  const other = await eventually(connect);
  await eventually(() => expect(other.newest()).toMatchObject(siaga));
});
