import type { IdentityChanges } from '#storage/operations/storing.ts';

/** A commit that changes nothing in what readings are recognised by. */
export const NO_IDENTITIES: IdentityChanges = {
  assigned: [],
  moved: [],
  connections: [],
  rememberSince: undefined,
};
