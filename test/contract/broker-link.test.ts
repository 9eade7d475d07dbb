import { describe, expect, test } from 'vitest';
import { Fault } from '#model/base/fault.ts';
import { milliseconds } from '#model/base/duration.ts';
import { testBroker } from '#test/support/servers/broker.ts';
import { eventually } from '#test/support/eventually.ts';
import { linkTo, socketBroker } from '#test/support/servers/socket-broker.ts';

const packet = { device: 'air-07', topic: 'v1/air-07/readings', payload: Buffer.from('{"values":{}}') };

const faultFrom = async (call: Promise<unknown>): Promise<Fault> => {
  try {
    await call;
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('the link to a real broker', () => {
  test('appends what the journal then holds', async () => {
    const { broker, journal } = await testBroker();
    const link = linkTo(broker.socketPath);
    expect(link.hasAnswered()).toBe(false);
    const answer = await link.append(packet);
    expect(link.hasAnswered()).toBe(true);
    expect(answer).toEqual({ journal: journal.id, sequence: expect.any(Number) });
    expect((await link.health()).journal.last).toBe(answer.sequence);
    expect(await link.received(0, 1_000_000)).toMatchObject({
      journal: journal.id,
      hours: [{ counts: [['air-07', 1]] }],
    });
  });

  test('publishes, disconnects a device, reports the registry and the readers, and requests metrics', async () => {
    const { broker, journal, client } = await testBroker();
    const link = linkTo(broker.socketPath);
    const device = await client('air-07');
    const got: string[] = [];
    device.on('message', (topic, payload) => got.push(`${topic} ${payload.toString()}`));
    await device.subscribeAsync('v1/air-07/config', { qos: 1 });
    await link.publish({ topic: 'v1/air-07/config', payload: Buffer.from('{"a":1}'), qos: 1, retain: true });
    await eventually(() => expect(got).toEqual(['v1/air-07/config {"a":1}']));
    await link.registryChanged();
    await link.passed(journal.id, 1);
    expect(await link.disconnect('air-07')).toBe(1);
    expect(await link.metrics()).toContain('klawing_');
  });
});

describe('the link', () => {
  test('says BROKER_UNREACHABLE while nothing answers, and goes on when the broker is back', async () => {
    const broker = await socketBroker();
    const link = linkTo(broker.socketPath);
    await link.append(packet);
    await broker.goAway();
    expect(await faultFrom(link.append(packet))).toMatchObject({ code: 'BROKER_UNREACHABLE', retry: true });
    await broker.comeBack();
    expect(await link.append(packet)).toEqual({ journal: 'j-1', sequence: 2 });
  });

  test("throws the broker's own fault", async () => {
    const broker = await socketBroker();
    broker.answer('/append', 503, '{"code":"JOURNAL_FULL","detail":"full","retry":true}');
    expect(await faultFrom(linkTo(broker.socketPath).append(packet))).toMatchObject({
      code: 'JOURNAL_FULL',
      detail: 'full',
      retry: true,
    });
    broker.answer('/passed', 400, '{"code":"JOURNAL_FOREIGN","detail":"another","retry":false}');
    expect(await faultFrom(linkTo(broker.socketPath).passed('j-2', 1))).toMatchObject({
      code: 'JOURNAL_FOREIGN',
      retry: false,
    });
  });

  test.for([
    [500, 'oops'],
    [200, 'no json'],
    [200, '{"journal":"j-1","sequence":"one"}'],
    [503, '{"code":"MADE_UP","detail":"","retry":true}'],
  ] as const)('takes an answer that was not agreed for none: %i %s', async ([status, body]) => {
    const broker = await socketBroker();
    broker.answer('/append', status, body);
    expect(await faultFrom(linkTo(broker.socketPath).append(packet))).toMatchObject({
      code: 'BROKER_UNREACHABLE',
      retry: true,
    });
  });

  test('gives up after its time-out and at the signal', async () => {
    const broker = await socketBroker();
    broker.answer('/health', undefined);
    const link = linkTo(broker.socketPath, milliseconds(50));
    expect(await faultFrom(link.health())).toMatchObject({ code: 'BROKER_UNREACHABLE', retry: true });
    expect(link.hasAnswered()).toBe(false);
    const patient = linkTo(broker.socketPath);
    expect(await faultFrom(patient.health(AbortSignal.abort()))).toMatchObject({ code: 'BROKER_UNREACHABLE' });
  });

  test('refuses one call more than it may hold', async () => {
    const broker = await socketBroker();
    broker.answer('/health', undefined);
    const link = linkTo(broker.socketPath, milliseconds(300), 2);
    const held = [faultFrom(link.health()), faultFrom(link.health())];
    expect(await faultFrom(link.append(packet))).toMatchObject({ code: 'SERVICE_BUSY', retry: true });
    await Promise.all(held);
    expect((await link.append(packet)).sequence).toBe(1);
  });
});
