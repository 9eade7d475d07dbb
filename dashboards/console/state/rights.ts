import type { PersonRole } from '#dashboards/console/api/types.ts';
import { session } from './session.ts';
import { useStore } from './store.ts';

/** The role that an operation of the API needs, where the caller has less; undefined where the caller may call it. */
export const useMissingRole = (operation: string): PersonRole | undefined => useStore(session)?.not_allowed[operation];

/**
 * Whether an operation of the API is offered: to a person whose role allows it, and to one who is not signed in, who is asked to
 * sign in first.
 */
export const useIsOffered = (operation: string): boolean => {
  const known = useStore(session);
  return known !== undefined && (known.person === null || known.not_allowed[operation] === undefined);
};
