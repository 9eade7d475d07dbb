import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLAIM_BYTES, makeClaimCode, readClaimCode } from '#model/registry/claim-code.ts';

const random = fc.uint8Array({ minLength: CLAIM_BYTES, maxLength: CLAIM_BYTES });

describe('a claim code', () => {
  test('is three groups of five symbols that cannot be mistaken for others', () => {
    fc.assert(
      fc.property(random, (bytes) => {
        expect(makeClaimCode(bytes)).toMatch(/^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/);
      }),
    );
  });

  test('is read as people type it', () => {
    fc.assert(
      fc.property(random, (bytes) => {
        const code = makeClaimCode(bytes);
        const typed = code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l');
        expect([readClaimCode(code), readClaimCode(typed)]).toEqual([code, code]);
      }),
    );
  });

  test('is refused with any one symbol changed, and with any two unlike neighbours exchanged', () => {
    fc.assert(
      fc.property(random, fc.nat(14), fc.integer({ min: 1, max: 31 }), (bytes, at, by) => {
        const symbols = makeClaimCode(bytes).replaceAll('-', '').split('');
        const all = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
        const changed = symbols.with(at, all[(all.indexOf(symbols[at] ?? '') + by) % 32] ?? '');
        expect(readClaimCode(changed.join(''))).toBeUndefined();
        const next = at % 12;
        const [a, b] = [symbols[next] ?? '', symbols[next + 1] ?? ''];
        if (a !== b)
          expect(
            readClaimCode(
              symbols
                .with(next, b)
                .with(next + 1, a)
                .join(''),
            ),
          ).toBeUndefined();
      }),
    );
  });

  test.for(['', 'ABCDE', '00000-00000-0000U', '00000-00000-000000', '🙂🙂🙂🙂🙂🙂🙂🙂'])('is none: "%s"', (text) => {
    expect(readClaimCode(text)).toBeUndefined();
  });
});
