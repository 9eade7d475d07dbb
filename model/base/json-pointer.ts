/**
 * One step of a JSON Pointer with its slash, escaped as RFC 6901 section 3 asks. JSON can carry half of a surrogate pair as an
 * escape, a database cannot store one: it becomes U+FFFD here, so that a place is the same after it was stored.
 */
export const pointerStep = (name: string): string =>
  `/${name.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')}`;
