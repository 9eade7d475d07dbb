import fc from 'fast-check';
import mqtt from 'mqtt';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { CommandDocument } from '#api/commands/schema.ts';
import { eventually } from '#test/support/eventually.ts';
import { anyBytes, anyText, NASTY, UNPRINTABLE } from '#test/support/builders/hostile-text.ts';
import type { Outcome } from '#test/support/servers/klawing.ts';
import { untilProcessed } from '#test/support/oracles/oracle.ts';
import { type Service, testService } from '#test/support/servers/service.ts';

const DEVICE = 'box-1';
const TOPIC = `v1/${DEVICE}/readings`;
/** MQTT allows no U+0000 in a text. */
const NASTY_NAME = NASTY.join('|').replaceAll('\u0000', '').replaceAll(/[+#]/g, '');

/** Nothing but ends of lines and tabs may be left of what a terminal obeys or hides. */
const isClean = (text: string): void => expect(text.replaceAll(/[\n\t]/g, '')).not.toMatch(UNPRINTABLE);

/** Runs a verb that may find something wanting, but breaks at nothing, and gives what it printed. */
const cleanly = async (service: Service, ...args: readonly string[]): Promise<Outcome> => {
  const outcome = await service.cli(...args);
  expect(outcome.err, args.join(' ')).not.toMatch(/Error|BUG|^\s+at /m);
  isClean(outcome.out);
  isClean(outcome.err);
  return outcome;
};

const connect = async (service: Service, secret: string, given: mqtt.IClientOptions = {}): Promise<mqtt.MqttClient> => {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${service.ports.mqtt}`, {
    clientId: DEVICE,
    username: DEVICE,
    password: secret,
    reconnectPeriod: 0,
    ...given,
  });
  onTestFinished(() => client.endAsync(true));
  return client;
};

/** Tries every door with a name that it refuses, so that the broker has something to tell of it. */
const nameNastily = async (service: Service, secret: string): Promise<void> => {
  await expect(connect(service, secret, { clientId: NASTY_NAME })).rejects.toThrow();
  await expect(connect(service, secret, { username: NASTY_NAME })).rejects.toThrow();
  const client = await connect(service, secret);
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
  client.publish(`${TOPIC}/${NASTY_NAME}`, '{}', { qos: 1 }, () => undefined);
  await closed;
};

const Listed = z.array(z.object({ id: z.int(), bytes: z.int(), parts: z.array(z.object({ place: z.string() })) }));

const openIn = async (service: Service): Promise<z.infer<typeof Listed>> => {
  const { status, out } = await cleanly(service, 'quarantine', 'list', '--state', 'open', '--limit', '1000', '--json');
  expect(status).toBe(0);
  return Listed.parse(JSON.parse(out));
};

const isServed = async (service: Service): Promise<void> => {
  const { balanced, explanation } = await untilProcessed(service);
  expect(balanced, explanation).toBe(true);
  const figures = await service.get('/metrics');
  expect(figures.status).toBe(200);
  isClean(await figures.text());
  expect((await service.get('/readyz')).status).toBe(200);
};

const anyMessage = fc.record({
  payload: fc.oneof(
    anyBytes,
    fc
      .record({ id: anyText, name: anyText, value: fc.oneof(anyText, fc.integer()) })
      .map(({ id, name, value }) => Buffer.from(JSON.stringify({ id, values: { [name]: value }, [name]: value }))),
  ),
  retain: fc.boolean(),
});

const start = async (): Promise<{ service: Service; secret: string }> => {
  const service = await testService({ parts: ['broker', 'ingest'] });
  await service.ready();
  await service.addStation('PBG-A01', 'air');
  return { service, secret: await service.addDevice(DEVICE, 'PBG-A01') };
};

test('any packet of a device in quarantine is listed, shown, replayed and discarded, and no terminal gets it raw', async () => {
  const { service, secret } = await start();
  await nameNastily(service, secret);
  const client = await connect(service, secret);
  // as `mosquitto_pub -q 1 -r -n` does
  await client.publishAsync(TOPIC, '', { qos: 1, retain: true });
  await fc.assert(
    fc.asyncProperty(fc.array(anyMessage, { minLength: 60, maxLength: 120 }), async (messages) => {
      for (const { payload, retain } of messages) {
        await client.publishAsync(TOPIC, Buffer.from(payload), { qos: 1, retain });
      }
      await isServed(service);
      const open = await openIn(service);
      expect(open.length).toBeGreaterThan(0);
      const { out } = await cleanly(service, 'quarantine', 'list', '--state', 'open', '--limit', '1000');
      expect(out.trimEnd().split('\n')).toHaveLength(open.length + 2);
      for (const [index, json] of [[], ['--json']].entries()) {
        const id = String(open[index]?.id);
        expect((await cleanly(service, 'quarantine', 'show', id, ...json)).status).toBe(0);
      }
      // nothing was mended: all of it is refused again
      await cleanly(service, 'quarantine', 'replay', '--all', '--by', NASTY_NAME);
      expect((await openIn(service)).map(({ id }) => id)).toEqual(open.map(({ id }) => id));
      const discard = await cleanly(service, 'quarantine', 'discard', '--all', '--reason', NASTY_NAME);
      expect(discard.status).toBe(0);
      expect(await openIn(service)).toEqual([]);
      await isServed(service);
    }),
    { numRuns: 1, endOnFailure: true },
  );
  for (const args of [['ledger', '--verify'], ['device', 'list'], ['doctor']]) {
    await cleanly(service, ...args);
  }
  for (const part of ['broker', 'ingest'] as const) isClean(service.running(part).err());
  expect(service.running('broker').err()).toContain('\\u202e');
});

test('the answer of a device to a command reaches no terminal raw', async () => {
  const { service, secret } = await start();
  const client = await connect(service, secret);
  const commands = `v1/${DEVICE}/commands`;
  const answer = JSON.stringify({ ok: true, [NASTY_NAME]: NASTY_NAME, text: '\nbox-1 answered' });
  client.on('message', (topic) => void client.publishAsync(`${topic}/reply`, answer, { qos: 1 }));
  await client.subscribeAsync(`${commands}/+`, { qos: 1 });
  const given = await cleanly(service, 'device', 'command', DEVICE, 'reboot', '--wait', '20s');
  expect([given.status, given.out.trimEnd().split('\n').length]).toEqual([0, 1]);
  expect(given.out).toContain('\\u202e');
  await client.unsubscribeAsync(`${commands}/+`);
  const sent = CommandDocument.parse(
    JSON.parse((await cleanly(service, 'device', 'command', DEVICE, 'again', '--json')).out),
  );
  await client.publishAsync(`${commands}/${sent.id}/reply`, `\u001B[2J${NASTY_NAME}`, { qos: 1 });
  await eventually(async () => {
    const { out } = await cleanly(service, 'device', 'history', DEVICE);
    expect(out).toContain('\\u001b[2J');
    expect(out.trimEnd().split('\n')).toHaveLength(4);
  });
});
