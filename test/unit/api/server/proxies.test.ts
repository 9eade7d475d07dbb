import { describe, expect, test } from 'vitest';
import { clientAddress, proxyCheck } from '#api/server/proxies.ts';
import { ApiSettings } from '#api/settings.ts';

describe('the setting of trusted proxies', () => {
  test.for([
    ['10.1.2.3, 2001:db8::/32', ['10.1.2.3', '2001:db8::/32']],
    [['10.0.0.0/8'], ['10.0.0.0/8']],
    [[], []],
  ] as const)('takes %j', ([given, expected]) => {
    expect(ApiSettings.parse({ trustedProxies: given }).trustedProxies).toEqual(expected);
  });

  test.for(['proxy.example', '10.0.0.0/33', '::/129', '10.0.0.0/8/8', '10.0.0.0/', '10.0.0', ''])(
    'refuses %j',
    (given) => {
      expect(ApiSettings.safeParse({ trustedProxies: given }).error?.issues[0]?.message).toContain('10.0.0.0/8');
    },
  );
});

describe('a proxy', () => {
  const isProxy = proxyCheck(['127.0.0.0/8', '::1', '10.0.0.0/8', '2001:db8::/32']);

  test.for([
    ['127.0.0.1', true],
    ['::ffff:127.0.0.1', true],
    ['::1', true],
    ['10.9.9.9', true],
    ['::ffff:10.9.9.9', true],
    ['2001:db8:1::1', true],
    ['11.0.0.1', false],
    ['2001:db9::1', false],
    ['', false],
    ['nonsense', false],
  ] as const)('is known by its address: %s is %s', ([address, expected]) => {
    expect(isProxy(address)).toBe(expected);
  });
});

test.for([
  [['127.0.0.1'], '127.0.0.1'],
  [['::ffff:10.1.2.3'], '10.1.2.3'],
  [['127.0.0.1', '203.0.113.9'], '203.0.113.9'],
  [['127.0.0.1', '203.0.113.9', 'unknown'], '203.0.113.9'],
  [[], ''],
] as const)('the client of the addresses %j is %j', ([ips, expected]) => {
  expect(clientAddress({ ips: [...ips] })).toBe(expected);
});
