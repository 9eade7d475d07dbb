import fc from 'fast-check';

/** Texts that break terminals, databases or parsers which are not careful; a device may put them into a name. */
export const NASTY: readonly string[] = [
  '',
  '\u0000',
  'a\u0000b',
  '\uD800',
  '\uDC00x',
  'a\uD83D',
  '\uFEFF',
  '\uFFFF',
  '\u{10FFFF}',
  '\u001B[2J\u001B[H',
  '\u001B]0;title\u0007',
  '\u009B31m',
  '\r\n',
  '\u2028\u2029',
  '\u202Egpj.exe',
  '\u2066\u2069\u200F\u061C',
  '\u{E0041}',
  '\u007F\b\b\b',
  '~/~0~1',
  "'; DROP TABLE quarantine; --",
  '%00%s%n',
  '__proto__',
];

/** Characters that must not reach a terminal: controls, format characters, line separators, halves of surrogate pairs. */
export const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));

/** Any text that JavaScript can hold, surrogates without their other half too. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ unit, maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

/** Any bytes: none, few, more than a list shows of them, and those of nasty text. */
export const anyBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  anyText.map((text) => Buffer.from(text)),
  fc.tuple(anyText, anyText).map(([name, value]) => Buffer.from(JSON.stringify({ values: { [name]: value } }))),
);
