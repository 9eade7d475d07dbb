import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BYTES_TEMPLATE, fillBytes } from '#model/commands/bytes-template.ts';

const hexOf = (template: string, given: Readonly<Record<string, unknown>> = {}): string =>
  Buffer.from(fillBytes(template, given)).toString('hex');

describe('bytes of a command', () => {
  test.for([
    ['ff10ff', {}, 'ff10ff'],
    ['ff03{interval:u16le}', { interval: 600 }, 'ff035802'],
    ['{a:u16}{b:i8}{c:u32le}', { a: 1, b: -1, c: 2 }, '0001ff02000000'],
    ['01{on:u8}', { on: true }, '0101'],
  ] as const)('are %s filled in', ([template, given, hex]) => {
    expect(template).toMatch(BYTES_TEMPLATE);
    expect(hexOf(template, given)).toBe(hex);
  });

  test.for(['', 'f', 'fg', '{a}', '{a:u64}', '{a:u8le}', 'ff{a:u16le', '{:u8}'])(
    'cannot be written "%s"',
    (template) => {
      expect(template).not.toMatch(BYTES_TEMPLATE);
    },
  );

  test.for([{}, { interval: -1 }, { interval: 65_536 }, { interval: 1.5 }, { interval: 'soon' }])(
    'refuse the argument %j with its name and range',
    (given) => {
      expect(() => hexOf('ff03{interval:u16le}', given)).toThrow(/"interval" has to be a whole number from 0 to 65535/);
    },
  );

  test('carry every whole number of their type', () => {
    fc.assert(
      fc.property(fc.integer({ min: -32_768, max: 32_767 }), (value) => {
        expect(Buffer.from(fillBytes('{v:i16}', { v: value })).readInt16BE()).toBe(value);
        expect(Buffer.from(fillBytes('{v:i16le}', { v: value })).readInt16LE()).toBe(value);
      }),
    );
  });
});
