import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault } from '#model/base/fault.ts';
import { type JsonText, readJsonText } from '#model/payload/json-text.ts';
import { hasRepeatedNames } from '#model/payload/repeated-names.ts';
import { anyText } from '#test/support/builders/hostile-text.ts';

const read = (text: string): JsonText | Fault => {
  try {
    return readJsonText(text);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
};

const anyValue = fc.oneof(fc.jsonValue({ maxDepth: 4 }), fc.dictionary(anyText, fc.oneof(fc.double(), anyText)));

describe('a text that is JSON', () => {
  test('is read as the standard parser reads it', () => {
    fc.assert(
      fc.property(anyValue, fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        expect(read(text)).toMatchObject({ values: [JSON.parse(text)], repeated: new Map() });
        expect(hasRepeatedNames(text, JSON.parse(text))).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  test('is told to have a name twice, wherever that is', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(anyText, { minLength: 1, maxLength: 5 }),
        fc.nat(),
        fc.nat(3),
        (names, which, depth) => {
          const twice = names[which % names.length] ?? '';
          const members = [...names, twice].map((name, at) => `${JSON.stringify(name)}:${at}`);
          const text = `${'[{"a":'.repeat(depth)}{${members.join()}}${'}]'.repeat(depth)}`;
          expect(hasRepeatedNames(text, JSON.parse(text))).toBe(true);
          const found = read(text);
          expect(found).not.toBeInstanceOf(Fault);
          if (found instanceof Fault) return;
          const repeated = [...found.repeated.values()].flatMap((of) => [...of]);
          expect(repeated.map(([name, of]) => [name, of.map(({ at }) => text.slice(at, at + 1))])).toEqual([
            [JSON.parse(JSON.stringify(twice)), [names.indexOf(twice), names.length].map(String)],
          ]);
        },
      ),
    );
  });
});

describe('a text that is not JSON', () => {
  test('is told to be cut off exactly where it is the beginning of one', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 }), fc.nat(), (value, at) => {
        const text = JSON.stringify(value);
        const cut = text.slice(0, 1 + (at % (text.length - 1)));
        expect(read(cut)).toMatchObject({ code: 'PAYLOAD_CUT' });
      }),
      { numRuns: 1_000 },
    );
  });

  test('gives a fault in well-formed words', () => {
    const anyBytes = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...Array.from('{}[]",:\\1.e-+aN\0 \ufeff')) }),
    );
    fc.assert(
      fc.property(anyBytes, (text) => {
        const found = read(text);
        if (found instanceof Fault) expect(found.message.isWellFormed()).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  test.for(['['.repeat(1_000_000), '{"a":'.repeat(200_000), `${' '.repeat(1_000_000)}x`, `"${'\\n'.repeat(500_000)}`])(
    'is refused soon, however deep or long it is',
    (text) => {
      expect(read(text)).toBeInstanceOf(Fault);
    },
  );
});
