import { describe, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { type TestBroker, secretOf, testBroker } from '#test/support/servers/broker.ts';
import { linkTo } from '#test/support/servers/socket-broker.ts';
import { PEERS, type PeerOptions } from './peers.ts';

const DEVICE = 'river-01';
const FILTERS = [`v1/${DEVICE}/config`, `v1/${DEVICE}/commands/#`];

const optionsFor = ({ broker }: TestBroker): PeerOptions => ({
  mqttPort: broker.mqttPort,
  wsPort: broker.wsPort,
  device: DEVICE,
  secret: secretOf(DEVICE),
});

describe.for(PEERS)('%s', ([, connect]) => {
  test('is let in with its secret, and with no other', async () => {
    const on = await testBroker();
    await expect(connect({ ...optionsFor(on), secret: 'of-somebody-else' })).rejects.toThrow();
    await connect(optionsFor(on));
  });

  test('publishes with QoS 0, 1 and 2, each journaled once [MQTT-7.0.0-2] [MQTT-7.1.1-1]', async () => {
    const on = await testBroker();
    const peer = await connect(optionsFor(on));
    for (const qos of [0, 1, 2] as const) await peer.publish(`v1/${DEVICE}/readings`, `{"stage":${qos}}`, qos);
    await eventually(() => {
      const readings = on.journal.entries.filter(({ kind }) => kind === 'readings');
      expect(readings.map(({ payload, qos }) => `${Buffer.from(payload).toString()} ${qos}`)).toEqual([
        '{"stage":0} 0',
        '{"stage":1} 1',
        '{"stage":2} 2',
      ]);
    });
  });

  test('gets its config, and commands also after it was away with a session that is kept', async () => {
    const on = await testBroker();
    const link = linkTo(on.broker.socketPath);
    const tell = (what: string, payload: string, retain = false): Promise<unknown> =>
      link.publish({ topic: `v1/${DEVICE}/${what}`, payload: Buffer.from(payload), qos: 1, retain });

    await tell('config', 'every 60', true);
    const peer = await connect(optionsFor(on));
    await peer.subscribe(FILTERS);
    await eventually(() => expect(peer.seen).toEqual([`v1/${DEVICE}/config every 60 retained`]));
    await tell('commands/1', 'reboot');
    await eventually(() => expect(peer.seen.at(-1)).toBe(`v1/${DEVICE}/commands/1 reboot`));
    await peer.leave();

    await eventually(() => expect(on.journal.entries.at(-1)?.kind).toBe('disconnected'));
    await tell('commands/2', 'report');
    await tell('commands/3', 'sleep');
    const again = await connect(optionsFor(on));
    if (again.isSubscribingAgain) await again.subscribe(FILTERS);
    await eventually(() => {
      const commands = again.seen.filter((line) => line.includes('/commands/'));
      expect(commands).toEqual([`v1/${DEVICE}/commands/2 report`, `v1/${DEVICE}/commands/3 sleep`]);
    });
  });
});
