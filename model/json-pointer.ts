/**
 * One step of a JSON Pointer with its slash, escaped as RFC 6901 section 3 asks. Half of a surrogate pair, which JSON text
 * can carry as an escape and no database as text, becomes U+FFFD: a place is the same after it was stored.
 */
export const pointerStep = (name: string): string =>
  `/${name.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')}`;
