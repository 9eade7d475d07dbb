import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maySubscribe, publishRight } from '#broker/access.ts';
import { isClientIdAllowed } from '#broker/client-id.ts';
import type { Identity } from '#broker/identity.ts';

const device: Identity = { role: 'device', device: 'river-01', hash: new Uint8Array(32) };
const operator: Identity = { role: 'operator' };
const anyone: Identity = { role: 'anyone' };

describe('a device', () => {
  test.for([
    ['v1/river-01/readings', 'readings', false],
    ['v1/river-01/readings/senml-cbor', 'readings', false],
    ['v1/river-01/status', 'status', true],
    ['v1/river-01/commands/42/reply', 'reply', false],
  ] as const)('may publish to %s', ([topic, kind, isRetainable]) => {
    expect(publishRight(device, topic)).toEqual({ kind, sender: 'river-01', isRetainable });
  });

  test.for([
    'v1/air-07/readings',
    'v1/river-01/config',
    'v1/river-01/commands/42',
    'v1/river-01/readings/',
    'v1/river-01/readings/json/more',
    'v1/river-01//readings',
    'v1/River-01/readings',
    'v1/river-01/readings ',
    '/v1/river-01/readings',
    'v2/river-01/readings',
    'v1/alerts/bridge/stage',
    '$SYS/x/new/clients',
    '$share/group/v1/river-01/readings',
    'v1/river-01/readings/\uFFFD',
    'constructor',
    '',
  ])('may not publish to "%s"', (topic) => {
    expect(publishRight(device, topic)).toBeUndefined();
  });

  test('may publish under no name but its own, whatever the topic', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (topic) => {
        expect(publishRight(device, topic)).toBeUndefined();
      }),
    );
  });

  test.for([
    'v1/river-01/config',
    'v1/river-01/commands/#',
    'v1/river-01/commands/+',
    'v1/river-01/commands/+/reply',
    'v1/alerts/#',
    'v1/alerts/+/stage-above',
    'v1/alerts/bridge/#',
  ])('may subscribe to %s', (filter) => {
    expect(maySubscribe(device, filter)).toBe(true);
  });

  test.for([
    '#',
    '+/river-01/config',
    'v1/#',
    'v1/+/config',
    'v1/+/commands/#',
    'v1/river-01/#',
    'v1/river-01/+',
    'v1/river-01/config/#',
    'v1/river-01/readings',
    'v1/air-07/config',
    '$SYS/#',
    '$share/g/v1/alerts/#',
    'v1',
  ])('may not subscribe to %s', (filter) => {
    expect(maySubscribe(device, filter)).toBe(false);
  });

  test.for([
    ['river-01', true],
    ['river-01.gateway_2', true],
    ['', true],
    ['river-01x', false],
    ['river-011', false],
    ['river-0', false],
    ['air-07', false],
    ['air-07.river-01', false],
    ['RIVER-01', false],
    ['river-01.a b', false],
    ['river-01.\u0000', false],
    [`river-01.${'x'.repeat(65)}`, false],
    ['__proto__', false],
  ] as const)('with client id "%s": %s', ([clientId, isAllowed]) => {
    expect(isClientIdAllowed(device, clientId)).toBe(isAllowed);
  });
});

describe('the operator', () => {
  test('reads everything under v1 and nothing else', () => {
    expect(['v1/#', 'v1/+/readings', 'v1/river-01/status'].every((filter) => maySubscribe(operator, filter))).toBe(
      true,
    );
    expect(['#', '+/#', '$SYS/#', 'v2/#'].some((filter) => maySubscribe(operator, filter))).toBe(false);
  });

  test('publishes nothing', () => {
    expect(publishRight(operator, 'v1/river-01/readings')).toBeUndefined();
    expect(publishRight(operator, 'v1/river-01/config')).toBeUndefined();
  });

  test('may use any sane client id', () => {
    expect(['mosq-7x', 'laptop.a', 'a/b@c:d'].every((id) => isClientIdAllowed(operator, id))).toBe(true);
    expect(['\n', 'a\u0000', ' x', 'x'.repeat(200)].some((id) => isClientIdAllowed(operator, id))).toBe(false);
  });
});

describe('anyone, with open access', () => {
  test('has readings journaled in the name that the topic gives, and the rest passed on', () => {
    expect(publishRight(anyone, 'v1/air-07/readings')).toMatchObject({ kind: 'readings', sender: 'air-07' });
    expect(publishRight(anyone, 'any/topic')).toEqual({ kind: undefined, sender: '', isRetainable: true });
    expect(publishRight(anyone, '$SYS/x')).toBeUndefined();
    expect(maySubscribe(anyone, '#')).toBe(true);
  });
});
