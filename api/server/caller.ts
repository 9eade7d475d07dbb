import type { FastifyRequest } from 'fastify';
import type { SignedIn } from '#accounts/sessions.ts';
import type { AccessToken } from '#model/accounts/person.ts';
import { hasRight, type Right } from '#model/accounts/role.ts';

/** Sender of a request. `local`: on this machine, without a session or a token. */
export type Caller =
  | { readonly kind: 'nobody' | 'local' | 'reader' | 'operator-token' }
  | { readonly kind: 'device' | 'gateway'; readonly id: string }
  | { readonly kind: 'token'; readonly token: AccessToken }
  | { readonly kind: 'person'; readonly signedIn: SignedIn };

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the access hook before the body is read. */
    caller: Caller;
  }
}

/** The role of a caller; undefined for one without. */
export const roleOf = (caller: Caller) => {
  if (caller.kind === 'operator-token') return 'operator';
  if (caller.kind === 'reader' || caller.kind === 'local') return 'viewer';
  if (caller.kind === 'token') return caller.token.role;
  return caller.kind === 'person' ? caller.signedIn.person.role : undefined;
};

/** True for a caller who has a right. */
export const mayCall = (caller: Caller, right: Right): boolean => {
  const role = roleOf(caller);
  return role !== undefined && hasRight(role, right);
};

/** The caller in the audit trail, which holds no personal data. */
export const actorName = (caller: Caller): string => {
  if (caller.kind === 'person') return `person:${caller.signedIn.person.id}`;
  if (caller.kind === 'token') return `token:${caller.token.name}`;
  return caller.kind === 'device' || caller.kind === 'gateway' ? `${caller.kind}:${caller.id}` : caller.kind;
};

/**
 * The name that a change is recorded with. A person has the own name, whatever the body says; a program may name a person, and
 * has the name of its token otherwise.
 */
export const recordedName = ({ caller }: FastifyRequest, given: string | undefined): string | undefined => {
  if (caller.kind === 'person') return caller.signedIn.person.name;
  return given ?? (caller.kind === 'token' ? caller.token.name : undefined);
};
