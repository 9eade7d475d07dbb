import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import { expect, onTestFinished, test } from 'vitest';
import { GatewaySecret } from '#api/gateways/schema.ts';
import { systemClock } from '#model/base/clock.ts';
import { minutes } from '#model/base/duration.ts';
import { formatInstant } from '#model/base/instant.ts';
import { parseJson } from '#model/base/parse-json.ts';
import { eventually } from '#test/support/eventually.ts';
import { freePort } from '#test/support/servers/free-port.ts';
import { testService } from '#test/support/servers/service.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const APPLICATION = '17c82e96-0000-4000-8000-000000000002';
const EUI = '70b3d57ed0051a03';

/** The bridge of docs/gateways.md, with what this machine has in place of its examples. */
const bridgeFor = (given: { readonly klawing: number; readonly secret: string }): string => {
  const page = readFileSync('docs/gateways.md', 'utf8');
  const [, bridge = ''] = /```conf\n# ChirpStack[^\n]*\n([^]*?)```/.exec(page) ?? [];
  return bridge
    .replace(/^address .*$/m, `address 127.0.0.1:${given.klawing}`)
    .replace(/^remote_password .*$/m, `remote_password ${given.secret}`)
    .replace(/^bridge_cafile .*\n/m, '');
};

const startMosquitto = async (bridge: string): Promise<number> => {
  const port = await freePort();
  const file = join(tempFolder(), 'mosquitto.conf');
  writeFileSync(file, `listener ${port} 127.0.0.1\nallow_anonymous true\n${bridge}`);
  const process = spawn('/usr/sbin/mosquitto', ['-c', file], { stdio: 'ignore' });
  onTestFinished(async () => {
    process.kill('SIGTERM');
    await once(process, 'exit');
  });
  return port;
};

/** Connects as ChirpStack does from 4.7 on: with MQTT 5. */
const chirpstackOn = (port: number): MqttClient => {
  const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, { protocolVersion: 5, reconnectPeriod: 100 });
  onTestFinished(() => client.endAsync(true));
  return client;
};

test('a bridge of Mosquitto, as the page describes it, carries uplinks of an MQTT 5 client here and downlinks back', async () => {
  const service = await testService();
  await service.ready();
  await service.addStation('ST1', 'river');
  const given = { id: 'far-1', station: 'ST1', external_id: EUI, network: { application: APPLICATION, port: 10 } };
  expect((await service.post('/v1/devices', given)).status).toBe(201);
  const added = await service.post('/v1/gateways', { id: 'chirpstack-1', kind: 'chirpstack', devices: ['far-1'] });
  const { secret } = GatewaySecret.parse(await added.json());
  const port = await startMosquitto(bridgeFor({ klawing: service.ports.mqtt, secret }));

  const chirpstack = chirpstackOn(port);
  const heard: unknown[] = [];
  chirpstack.on('message', (_topic, payload) => void heard.push(parseJson(payload.toString())));
  await chirpstack.subscribeAsync(`application/+/device/+/command/+`, { qos: 1 });
  const time = formatInstant(systemClock.now() - minutes(1).ms);
  const uplink = { time, object: { stage: 1.25 }, rxInfo: [{ rssi: -112, snr: -4.2 }] };
  await chirpstack.publishAsync(`application/${APPLICATION}/device/${EUI}/event/up`, JSON.stringify(uplink), {
    qos: 1,
  });
  await eventually(async () => {
    expect(await (await service.get('/v1/stations/ST1')).text()).toMatch(/1\.25/);
  });

  const command = await service.post('/v1/devices/far-1/commands', { name: 'reboot', within: '10m' });
  expect(command.status).toBe(202);
  await eventually(() => expect(heard).toHaveLength(1));
  expect(heard[0]).toMatchObject({ devEui: EUI, object: { name: 'reboot' } });
});
