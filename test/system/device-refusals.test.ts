import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import mqtt from 'mqtt';
import { describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { testService } from '#test/support/servers/service.ts';

const MOSQUITTO = '/usr/bin/mosquitto_pub';

describe.skipIf(!existsSync(MOSQUITTO))('klawing device show', () => {
  test('says why a device is refused, and finds a name that is not registered', async () => {
    const service = await testService();
    await service.ready();
    await service.addStation('PBG-R01', 'river');
    const secret = await service.addDevice('river-01', 'PBG-R01');
    const publish = async (user: string, password: string): Promise<void> => {
      const login = ['-p', String(service.ports.mqtt), '-u', user, '-P', password, '-i', user];
      await promisify(execFile)(MOSQUITTO, [...login, '-t', `v1/${user}/readings`, '-m', '{}']).catch(() => undefined);
    };
    expect((await service.cli('device', 'show', 'river-01')).out).toContain(
      'no connection, packet or post was refused',
    );

    await publish('river-01', 'a-wrong-secret');
    await publish('rievr-01', secret);
    const stray = mqtt.connect(`mqtts://127.0.0.1:${service.ports.mqtt}`, { reconnectPeriod: 0 });
    onTestFinished(() => void stray.end(true));
    stray.on('error', () => undefined);
    await eventually(async () => {
      const { out, status } = await service.cli('device', 'show', 'river-01');
      expect(out).toMatch(/station_?\S* +|assignments/);
      expect(out).toMatch(/Z +1 +127\.0\.0\.1 +river-01 +secret: The password is wrong/);
      expect(out).toMatch(/127\.0\.0\.1 +– +tls-on-plain-port: The client uses TLS on the port without TLS/);
      expect(status).toBe(0);
    });
    const stranger = await service.cli('device', 'show', 'rievr-01');
    expect(stranger.out).toMatch(/no device is registered as "rievr-01"[\s\S]*unregistered: No device has this name/);
    const all = await service.cli('device', 'refusals');
    expect(all.out).toMatch(/rievr-01 +no +127\.0\.0\.1/);
    expect(all.out).toMatch(/river-01 +yes +127\.0\.0\.1/);
    expect(`${all.out}${stranger.out}`).not.toContain(secret);
    expect(await service.cli('device', 'show', 'nobody')).toMatchObject({ status: 1 });
  });
});
