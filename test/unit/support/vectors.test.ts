import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { agrees } from '#test/support/oracles/agrees.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';
import { readVectors, vectorKind } from '#test/support/vectors.ts';

const Sum = vectorKind({ input: z.strictObject({ a: z.number(), b: z.number() }), expected: z.number() });
const GOOD = { id: 'one', input: { a: 1, b: 2 }, expected: 3, note: 'a remark', tolerance: 0.1 };

/** Puts vectors into a file of their own, and names it in the environment. */
const given = (vectors: readonly object[]): void => {
  const path = join(tempFolder(), 'sums.json');
  writeFileSync(path, JSON.stringify({ about: 'sums', source: 'by hand', tolerance: 0.5, vectors }));
  vi.stubEnv('SMALL_SUMS_VECTORS', path);
};

afterEach(() => vi.unstubAllEnvs());

describe('reference vectors', () => {
  test('are read from the file that the environment names', () => {
    given([GOOD]);
    expect(readVectors('small-sums', Sum)).toMatchObject({ tolerance: 0.5, vectors: [GOOD] });
  });

  test('are read from the repository where the environment names none', () => {
    expect(() => readVectors('no-such-vectors', Sum)).toThrow('test/vectors/no-such-vectors.json');
  });

  test.for([
    ['of another kind', { ...GOOD, input: { c: 1 } }],
    ['with an input that is not known', { ...GOOD, input: { a: 1, b: 2, c: 3 } }],
    ['with an expectation that is not known', { ...GOOD, expected_error: 'none' }],
    ['without an id', { input: GOOD.input, expected: 3 }],
  ] as const)('%s are refused', ([, vector]) => {
    given([GOOD, vector]);
    expect(() => readVectors('small-sums', Sum)).toThrow('vectors');
  });

  test('are refused where there are none', () => {
    given([]);
    expect(() => readVectors('small-sums', Sum)).toThrow('vectors');
  });
});

test.for([
  [25.400000000000002, 25.4, {}, true],
  [25.41, 25.4, {}, false],
  [25.405, 25.4, { absolute: 0.01 }, true],
  [1_000.5, 1_000, { relative: 1e-3 }, true],
  [45.8242944785, 45.824294, {}, true], // printed with six decimals
  [45.8242949, 45.824294, {}, false],
  [25.44, 25.4, {}, false], // one decimal may be all that there is
  [0, 0, {}, true],
  [Number.NaN, 0, {}, false],
] as const)('%d agrees with %d within %j: %s', ([actual, expected, tolerance, agreed]) => {
  expect(agrees(actual, expected, tolerance)).toBe(agreed);
});
