import mqtt from 'mqtt';
import { describe, expect, onTestFinished, test } from 'vitest';
import { influxTrial, strangersOf } from './influx-trial.ts';
import { systemClock } from '#model/base/clock.ts';
import { formatInstant } from '#model/base/instant.ts';
import { eventually } from '#test/support/eventually.ts';
import { hasInfluxd } from '#test/support/servers/influxd.ts';
import { untilProcessed } from '#test/support/oracles/oracle.ts';

/** Texts that would be a point, a tag or a field of their own in a line without escapes. */
const INJECTIONS = [
  'a\nair,device=evil,station=evil pm2_5=1',
  'a,device=evil',
  'a pm2_5=1',
  'a=b',
  'a\\',
  'a" evil="1',
  "a'; DROP TABLE reading; --",
  'a\tb\rc',
];

const body = JSON.stringify({ time: formatInstant(systemClock.now()), values: { pm2_5: 12 } });
const STATION = { id: 'PBG-A01', family: 'air', lat: -7.39, lon: 109.37 };

const publishAll = async (
  options: mqtt.IClientOptions & { readonly port: number },
  topics: readonly string[],
): Promise<void> => {
  const client = await mqtt.connectAsync({ host: '127.0.0.1', reconnectPeriod: 50, protocolVersion: 4, ...options });
  onTestFinished(() => client.endAsync(true));
  for (const topic of topics) {
    const closing = Promise.withResolvers<void>();
    const onClose = (): void => closing.resolve();
    client.once('close', onClose);
    // a client whose topic is refused is closed; one whose topic is nobody's gets its PUBACK
    await Promise.race([client.publishAsync(topic, body, { qos: 1 }).catch(() => undefined), closing.promise]);
    client.off('close', onClose);
  }
};

describe.runIf(hasInfluxd)('line protocol of its own', () => {
  test('in the topic of a device that may speak for itself alone makes no point', async () => {
    const { service, ask } = await influxTrial();
    expect((await service.post('/v1/stations', { ...STATION, name: 'x' })).status).toBe(201);
    const password = await service.addDevice('good', 'PBG-A01');
    const topics = INJECTIONS.flatMap((text) => [`v1/good/readings/${text}`, `v1/${text}/readings`]);
    for (const topic of topics)
      await publishAll({ port: service.ports.mqtt, username: 'good', password, clientId: 'good', reconnectPeriod: 0 }, [
        topic,
      ]);
    await publishAll({ port: service.ports.mqtt, username: 'good', password, clientId: 'good' }, ['v1/good/readings']);
    expect(await untilProcessed(service)).toMatchObject({ balanced: true, totals: { stored: 1 } });
    expect(await ask('SHOW SERIES FROM air')).toEqual(['air,device=good,station=PBG-A01']);
    expect(strangersOf(await ask('SHOW SERIES'))).toEqual([]);
  });

  test('in any topic of a broker that is open to all makes no point', async () => {
    const { service, ask } = await influxTrial({ KLAWING_ACCESS: 'open' });
    expect((await service.post('/v1/stations', { ...STATION, name: 'x' })).status).toBe(201);
    await service.addDevice('good', 'PBG-A01');
    const topics = INJECTIONS.flatMap((text) => [`v1/good/readings/${text}`, `v1/${text}/readings`, text]);
    await publishAll({ port: service.ports.mqtt, clientId: INJECTIONS[0] ?? '' }, [...topics, 'v1/good/readings']);
    expect(await untilProcessed(service)).toMatchObject({ balanced: true, totals: { stored: 1 } });
    expect(await ask('SHOW SERIES FROM air')).toEqual(['air,device=good,station=PBG-A01']);
    expect(strangersOf(await ask('SHOW SERIES'))).toEqual([]);
  });

  test('in a name or an attribute of a station stays a text, and in an id or as several lines of a name is refused', async () => {
    const { service, ask } = await influxTrial();
    for (const [i, text] of INJECTIONS.entries()) {
      for (const [path, evil] of [
        ['/v1/stations', { ...STATION, id: text, name: 'x' }],
        ['/v1/stations', { ...STATION, name: 'x', family: text }],
        ['/v1/devices', { id: text, station: 'PBG-A01' }],
        ['/v1/devices', { id: `d${i}`, station: text }],
      ] as const)
        expect((await service.post(path, evil)).status, `${path} ${JSON.stringify(evil)}`).toBeGreaterThanOrEqual(400);
      const line = text.replaceAll(/\s/g, ' ');
      const named = { ...STATION, id: `S${i}`, name: line, attributes: { note: text.replace('\r', '\n') } };
      if (line !== text) expect((await service.post('/v1/stations', { ...named, name: text })).status).toBe(400);
      expect((await service.post('/v1/stations', named)).status).toBe(201);
    }
    await eventually(async () =>
      expect(await ask('SHOW TAG VALUES FROM station WITH KEY = station')).toHaveLength(INJECTIONS.length),
    );
    expect(strangersOf(await ask('SHOW SERIES'))).toEqual([]);
    const fields = await ask('SHOW FIELD KEYS');
    expect(fields.filter((name) => !/^[A-Za-z0-9_]+$/.test(name))).toEqual([]);
  });
});
