import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { cbor } from '#model/codecs/cbor.ts';
import { Fault } from '#model/base/fault.ts';
import { cborAsJson, readCbor } from '#model/payload/cbor.ts';
import { readVectors, vectorKind } from '#test/support/vectors.ts';

const Vector = z.union([
  vectorKind({ hex: z.string(), expected: z.unknown() }),
  vectorKind({ hex: z.string(), expected_error: z.string() }),
]);

const bytesOf = (hex: string): Uint8Array => Buffer.from(hex, 'hex');
const asJson = (hex: string): unknown => JSON.parse(cborAsJson(readCbor(bytesOf(hex))));
const observationOf = (hex: string) => cbor.decode(bytesOf(hex)).observations[0];
const valuesOf = (hex: string) => Object.fromEntries(observationOf(hex)?.values ?? []);

/** Values that JSON has no form for: an infinite number becomes text, a big number its digits. */
const Special = z.union([
  z.object({ special: z.literal('Infinity') }).transform(() => 'an infinite number'),
  z.object({ tag: z.literal(2), value: z.string() }).transform(({ value }) => Number(value)),
]);

const expectedOf = (expected: unknown): unknown => {
  const special = Special.safeParse(expected);
  return special.success ? special.data : expected;
};

describe('CBOR', () => {
  test.for(readVectors('cbor', Vector).vectors)('$id', (vector) => {
    if ('expected_error' in vector) {
      expect(() => asJson(vector.hex)).toThrow(expect.objectContaining({ code: 'PAYLOAD_UNREADABLE' }));
    } else expect(asJson(vector.hex)).toEqual(expectedOf(vector.expected));
  });

  test.for([
    ['a decimal fraction (tag 4)', 'c48220190113', 27.5],
    ['a big float (tag 5)', 'c5822003', 1.5],
    ['a fraction beyond any number', 'c48219271001', 'tag 4'],
    ['a negative big number (tag 3)', 'c349010000000000000000', -(2 ** 64)],
    ['the tag that says that it is CBOR', 'd9d9f7a1616105', { a: 5 }],
    ['seconds since 1970 (tag 1)', 'c11a6553f100', '2023-11-14T22:13:20.000Z'],
    ['a time as text (tag 0)', 'c074323031332d30332d32315432303a30343a30305a', '2013-03-21T20:04:00Z'],
    ['NaN', 'f97e00', null],
    ['undefined', 'f7', null],
    ['bytes', '420102', "h'0102'"],
    ['an unknown tag', 'd82363612b2b', 'tag 35'],
    ['a simple value', 'f820', 'a simple value'],
    ['integer keys', 'a10102', { 1: 2 }],
    ['a key that objects inherit', 'a1695f5f70726f746f5f5f01', JSON.parse('{"__proto__":1}')],
  ] as const)('reads %s', ([, hex, expected]) => {
    expect(asJson(hex)).toEqual(expected);
  });

  test.for([
    ['a map with a key twice', 'a2616101616102', 'NAME_TWICE'],
    ['a key that is a list', 'a1810102', 'PAYLOAD_UNREADABLE'],
    ['two items', '0000', 'PAYLOAD_UNREADABLE'],
    ['a text whose length has 64 bits', '7b7fffffffffffffff41', 'PAYLOAD_UNREADABLE'],
    ['lists inside each other to any depth', `${'81'.repeat(100_000)}00`, 'PAYLOAD_UNREADABLE'],
  ] as const)('refuses %s', ([, hex, code]) => {
    expect(() => asJson(hex)).toThrow(expect.objectContaining({ code }));
  });

  test('reads an observation with a half float, an integer key, and a missing value', () => {
    // {"time": 1795489200, "values": {"pm2_5": 38.5, "temperature": NaN, 7: 1}}
    const hex = 'a26474696d651a6b0571b06676616c756573a365706d325f35f950d06b74656d7065726174757265f97e000701';
    expect(observationOf(hex)?.time).toBe(0x6b_05_71_b0 * 1_000);
    expect(valuesOf(hex)).toEqual({ pm2_5: 38.5, temperature: null, 7: 1 });
  });

  test('refuses an infinite value at its place, and keeps those beside it', () => {
    const observation = observationOf('a26161f97c00616201');
    expect(observation?.values).toEqual(new Map([['b', 1]]));
    expect(observation?.refused).toMatchObject([{ place: '/a', fault: { code: 'VALUE_NOT_A_NUMBER' } }]);
  });

  test('says what it misses in a payload without values', () => {
    expect(() => cbor.decode(bytesOf('80'))).toThrow(Fault);
    expect(cbor.decode(bytesOf('a0')).refused).toMatchObject([{ fault: { code: 'NO_VALUES' } }]);
  });
});
