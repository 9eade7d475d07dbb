import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SOCKET_PATH_BYTES, socketPath } from '#model/base/broker-api.ts';

describe('the path of the local socket', () => {
  test('lies in the data folder where it fits', () => {
    expect(socketPath('/var/lib/klawing')).toBe('/var/lib/klawing/broker.sock');
  });

  test('always fits, is always the same, and differs from folder to folder', () => {
    const folder = fc.string({ unit: 'binary', minLength: 90, maxLength: 300 }).map((text) => `/${text}`);
    fc.assert(
      fc.property(folder, folder, (one, other) => {
        expect(Buffer.byteLength(socketPath(one))).toBeLessThanOrEqual(SOCKET_PATH_BYTES);
        expect(socketPath(one)).toBe(socketPath(one));
        expect(socketPath(one) === socketPath(other)).toBe(one === other);
      }),
    );
  });
});
