import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { onOneLine, printable } from '#model/base/printable.ts';
import { count, table } from '#cli/output/table.ts';
import { anyText, UNPRINTABLE } from '#test/support/builders/hostile-text.ts';

const anyJson = fc.dictionary(anyText, fc.oneof(anyText, fc.array(anyText), fc.integer()));

describe('text for a terminal', () => {
  test('holds nothing that a terminal would obey or hide', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(printable(text).replaceAll(/[\n\t]/g, '')).not.toMatch(UNPRINTABLE);
        expect(onOneLine(text)).not.toMatch(UNPRINTABLE);
      }),
    );
  });

  test.for(['Klawing – Bancar, “siaga”', 'Jl. Jend. Soedirman №12', '長江 ščřž ñ', '🌊 é', 'a\\b'])(
    'leaves %s as it is',
    (text) => {
      expect(printable(text)).toBe(text);
    },
  );

  test('shows what it holds back', () => {
    expect(printable('a\u001B[2J\u202Eb\u{E0041}\uD800')).toBe('a\\u001b[2J\\u202eb\\udb40\\udc41\\ud800');
    expect(printable('a\n\tb')).toBe('a\n\tb');
    expect(onOneLine('a\n\tb')).toBe('a\\u000a\\u0009b');
  });

  test('is the same JSON as before', () => {
    fc.assert(
      fc.property(anyJson, fc.constantFrom(undefined, 2), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        expect(JSON.parse(printable(text))).toEqual(JSON.parse(text));
      }),
    );
  });
});

test('a table has a line for each row and its columns in their places, whatever stands in a cell', () => {
  fc.assert(
    fc.property(fc.array(anyText, { minLength: 1, maxLength: 5 }), (cells) => {
      const lines = table(
        ['text', 'count'],
        cells.map((cell) => [cell, 7]),
      ).split('\n');
      expect(lines).toHaveLength(cells.length + 2);
      expect(new Set(lines.map(({ length }) => length)).size, count(cells.length, 'row')).toBe(1);
      for (const line of lines) expect(line).not.toMatch(UNPRINTABLE);
    }),
  );
});
