import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startBroker } from '#broker/main.ts';
import { BrokerSettings } from '#broker/settings.ts';
import { systemClock } from '#model/base/clock.ts';
import { secretOf } from '#test/support/servers/broker.ts';
import { eventually } from '#test/support/eventually.ts';
import { memoryCredentials } from '#test/support/fakes/memory-credentials.ts';
import { memoryJournal } from '#test/support/fakes/memory-journal.ts';
import { connectPacket, rawMqtt } from '#test/support/clients/raw-mqtt.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

test('a broker that started on a full journal says so before the first who connects once there is room', async () => {
  const journal = memoryJournal();
  journal.fill();
  const devices = ['river-01', 'air-07'];
  const broker = await startBroker(BrokerSettings.parse({ mqttPort: 0, wsPort: 0, tlsPort: 0 }), {
    clock: systemClock,
    log: silentLog(),
    journal,
    operatorToken: undefined,
    credentials: memoryCredentials(Object.fromEntries(devices.map((device) => [device, secretOf(device)]))),
    socketPath: join(tempFolder(), 'broker.sock'),
  });
  onTestFinished(() => broker.stop());
  const connect = async (device: string): Promise<void> => {
    const opened = rawMqtt(broker.mqttPort);
    opened.send(connectPacket({ clientId: device, username: device, password: secretOf(device) }));
    await opened.expect('connack');
  };
  await connect('river-01');
  expect(journal.entries).toEqual([]);
  journal.room();
  await connect('air-07');
  await eventually(() =>
    expect(journal.entries.map(({ kind, sender }) => `${kind} ${sender}`)).toEqual([
      'broker-started ',
      'connected air-07',
    ]),
  );
});
