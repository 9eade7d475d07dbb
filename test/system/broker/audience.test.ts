import { describe, expect, test } from 'vitest';
import { OPERATOR_TOKEN, testBroker } from '#test/support/servers/broker.ts';
import { eventually } from '#test/support/eventually.ts';

const READINGS = 'v1/river-01/readings';

describe('readings reach the operator', () => {
  const listening = async (options: { readonly clean?: boolean } = {}) => {
    const { client } = await testBroker();
    const device = await client('river-01');
    const seen: string[] = [];
    const operator = async () => {
      const connected = await client('operator', { password: OPERATOR_TOKEN, clientId: 'laptop', ...options });
      connected.on('message', (_topic, payload) => seen.push(payload.toString()));
      return connected;
    };
    const publish = (text: string) => device.publishAsync(READINGS, text, { qos: 1 });
    return { operator, publish, seen };
  };

  test('from its subscription on, and not what came before', async () => {
    const { operator, publish, seen } = await listening();
    await publish('before');
    const laptop = await operator();
    await laptop.subscribeAsync('v1/#', { qos: 1 });
    await publish('after');
    await eventually(() => expect(seen).toEqual(['after']));
  });

  test('again after it gave a filter up, while it holds another, and after it came back', async () => {
    const { operator, publish, seen } = await listening();
    const laptop = await operator();
    await laptop.subscribeAsync(['v1/#', 'v1/river-01/#'], { qos: 1 });
    await laptop.unsubscribeAsync('v1/#');
    await publish('one filter');
    await eventually(() => expect(seen).toContain('one filter'));
    await laptop.unsubscribeAsync('v1/river-01/#');
    await publish('none');
    await laptop.endAsync();
    const again = await operator();
    await again.subscribeAsync('v1/+/readings', { qos: 1 });
    await publish('back');
    await eventually(() => expect(seen.at(-1)).toBe('back'));
    expect(seen).not.toContain('none');
  });

  test('also those that arrived while its persistent session was absent', async () => {
    const { operator, publish, seen } = await listening({ clean: false });
    const laptop = await operator();
    await laptop.subscribeAsync('v1/#', { qos: 1 });
    await laptop.endAsync();
    await publish('meanwhile');
    await operator();
    await eventually(() => expect(seen).toEqual(['meanwhile']));
  });
});
