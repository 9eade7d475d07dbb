import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wellFormed, wellFormedJson } from '#api/server/well-formed.ts';
import { anyText } from '#test/support/builders/hostile-text.ts';

const anyValue = fc.oneof(
  fc.dictionary(anyText, anyText),
  fc.array(fc.tuple(anyText, fc.jsonValue({ stringUnit: 'binary' }))),
  fc.string({ unit: fc.constantFrom('\\', 'u', 'd', '8', '\uD800', '\uDC00', '"') }),
);

test('an answer holds its value, with U+FFFD for each half of a surrogate pair', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      expect(JSON.parse(wellFormedJson(JSON.stringify(value)))).toEqual(wellFormed(JSON.parse(JSON.stringify(value))));
    }),
    { numRuns: 1_000 },
  );
});

test('a body that is nested deeper than the stack is left as it is', () => {
  const depth = 100_000;
  const given: unknown = JSON.parse('['.repeat(depth) + ']'.repeat(depth));
  expect(() => wellFormed(given)).not.toThrow();
});
