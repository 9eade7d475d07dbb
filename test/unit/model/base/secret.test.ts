import { inspect } from 'node:util';
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { CHOSEN_SECRET_LENGTH, Secret, hashSecret, isSameHash, makeSecret } from '#model/base/secret.ts';

describe('a secret', () => {
  const text = 'correct-horse-battery';
  const secret = new Secret(text);

  test.for([
    ['a text', `token ${String(secret)}`],
    ['JSON', JSON.stringify({ secret })],
    ['the inspector', inspect(secret)],
    ['the inspector, deep and with hidden members', inspect({ a: { b: [secret] } }, { depth: null, showHidden: true })],
    ['its members', Object.entries(secret).join()],
    ['an error', String(new Error(`refused ${String(secret)}`))],
  ] as const)('prints as hidden in %s', ([, printed]) => {
    expect(printed).not.toContain(text);
  });

  test('is revealed only when it is asked', () => {
    expect(secret.reveal()).toBe(text);
  });

  test('that a machine made has 160 bits and is never the same twice', () => {
    const made = Array.from({ length: 100 }, () => makeSecret().reveal());
    expect(new Set(made).size).toBe(100);
    for (const one of made) expect(one).toMatch(/^[A-Za-z0-9_-]{27}$/);
    expect(27).toBeGreaterThanOrEqual(CHOSEN_SECRET_LENGTH);
  });
});

describe('the hash of a secret', () => {
  const key = randomBytes(32);

  test('is the same for the text and for its bytes', () => {
    expect(isSameHash(hashSecret(key, 'geheim-é'), hashSecret(key, Buffer.from('geheim-é')))).toBe(true);
  });

  test('differs under another key and for another secret', () => {
    expect(isSameHash(hashSecret(key, 'a'), hashSecret(randomBytes(32), 'a'))).toBe(false);
    expect(isSameHash(hashSecret(key, 'a'), hashSecret(key, 'b'))).toBe(false);
  });

  test('of another length never matches and never throws', () => {
    expect(isSameHash(hashSecret(key, 'a'), new Uint8Array(0))).toBe(false);
    expect(isSameHash(new Uint8Array(32), new Uint8Array(31))).toBe(false);
  });
});
