/**
 * A code for the label of a box: 13 random symbols (65 bits) and 2 that check them, as `XXXXX-XXXXX-XXXXX`. The symbols
 * are Crockford's base 32: no I, L, O or U.
 */
const SYMBOLS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Random bytes that a code is made of; of each the lower five bits count. */
export const CLAIM_BYTES = 13;

/**
 * The largest prime that two symbols can hold. As it is prime and larger than 32, a change of one symbol and an exchange
 * of two neighbours never give the same remainder.
 */
const MODULUS = 1_021;

const checkOf = (values: readonly number[]): string => {
  const remainder = values.reduce((so, value) => (so * 32 + value) % MODULUS, 0);
  return `${SYMBOLS[remainder >> 5] ?? ''}${SYMBOLS[remainder & 31] ?? ''}`;
};

const grouped = (symbols: string): string => symbols.replace(/(.{5})(?=.)/g, '$1-');

/** Makes a code of `CLAIM_BYTES` random bytes. */
export const makeClaimCode = (random: Uint8Array): string => {
  const values = [...random.subarray(0, CLAIM_BYTES)].map((byte) => byte & 31);
  return grouped(values.map((value) => SYMBOLS[value] ?? '').join('') + checkOf(values));
};

/**
 * Reads a code as people type it: in small letters, without dashes, with O for 0 and I or L for 1. Undefined where it
 * cannot be one: the length, a symbol or the check is wrong.
 */
export const readClaimCode = (text: string): string | undefined => {
  const typed = text.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  if (typed.length !== CLAIM_BYTES + 2) return undefined;
  const values = Array.from(typed, (symbol) => SYMBOLS.indexOf(symbol));
  if (values.includes(-1)) return undefined;
  return checkOf(values.slice(0, CLAIM_BYTES)) === typed.slice(CLAIM_BYTES) ? grouped(typed) : undefined;
};
