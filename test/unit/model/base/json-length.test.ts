import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lengthBeyond } from '#model/base/json-length.ts';
import { readJsonText } from '#model/payload/json-text.ts';
import { anyText } from '#test/support/builders/hostile-text.ts';

const MOST = 5;

const lengthOf = (text: string): number => {
  try {
    const { values } = readJsonText(text);
    const [given] = values;
    if (values.length > 1) return values.length;
    return Array.isArray(given) ? given.length : 0;
  } catch {
    return 0;
  }
};

const anyJson = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.oneof(fc.jsonValue({ maxDepth: 3 }), anyText), { minLength: 3, maxLength: 8 }) },
  fc.jsonValue(),
);

const told = (text: string): number | undefined => lengthBeyond(MOST, Buffer.from(text));

const expected = (text: string): number | undefined => (lengthOf(text) > MOST ? lengthOf(text) : undefined);

test('the length of an array is told exactly when it is beyond the most, however it is written', () => {
  fc.assert(
    fc.property(anyJson, fc.constantFrom(undefined, 2), fc.constantFrom('', ' \t\r\n'), (value, indent, blank) => {
      const text = `${blank}${JSON.stringify(value, undefined, indent)}${blank}`;
      expect(told(text)).toBe(expected(text));
    }),
    { numRuns: 1_000 },
  );
});

test('a text that is no JSON has no length', () => {
  fc.assert(
    fc.property(anyJson, fc.nat(), fc.constantFrom('', ',', '"', ']', '['), (value, at, wound) => {
      const whole = JSON.stringify(value);
      const text = `${whole.slice(0, at % (whole.length + 1))}${wound}`;
      expect(told(text)).toBe(expected(text));
    }),
    { numRuns: 1_000 },
  );
});

test.for(['', '[', '   ', '['.repeat(100_000), `[${'[],'.repeat(9)}[]]`.repeat(2), '{}'.repeat(9).slice(0, -1)])(
  '%j has none',
  (text) => {
    expect(told(text)).toBeUndefined();
  },
);

test.for(['\uFEFF[1,2,3,4,5,6]', '[1,2,3,4,5,NaN]', '[1,2,3,4,5,6]\0', '{}'.repeat(6), '{"a":[{}]}\n'.repeat(6)])(
  '%j has 6',
  (text) => {
    expect(told(text)).toBe(6);
  },
);

test('the length is that of a window on larger memory', () => {
  const text = '[1,2,3,4,5,6]';
  const memory = Buffer.from(`[[${text}]]`);
  expect(lengthBeyond(MOST, memory.subarray(2, 2 + text.length))).toBe(6);
  expect(lengthBeyond(MOST, memory)).toBeUndefined();
});
