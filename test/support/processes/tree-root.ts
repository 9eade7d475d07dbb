import { fileURLToPath } from 'node:url';

/** The absolute path of the tree that is tested, with a slash at its end. */
export const TREE = fileURLToPath(new URL('../../..', import.meta.url));
