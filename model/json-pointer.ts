/** One step of a JSON Pointer with its slash, escaped as RFC 6901 section 3 asks. */
export const pointerStep = (name: string): string => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
