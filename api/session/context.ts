import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { SessionStarted } from '#accounts/sign-in.ts';
import type { SignedIn } from '#accounts/sessions.ts';
import { Person } from '#model/accounts/person.ts';
import type { Role } from '#model/accounts/role.ts';
import { describing } from '#model/base/document.ts';
import { Fault } from '#model/base/fault.ts';
import type { RouteContext } from '#api/route.ts';
import { isConfidential } from '#api/server/origin.ts';
import { setSessionCookie } from './cookie.ts';
import { type SessionDocument, SHOWN_SESSION } from './schema.ts';

export const describePerson = describing(Person);
export const describeSession = describing(SHOWN_SESSION);

/** A session that is not there. */
export const NO_SESSION = { person: null, session: null, demo: false, empty: false, identity_service: null };

/** The person of a request that `access: 'person'` has admitted. */
export const signedInOf = ({ caller }: FastifyRequest): SignedIn => {
  if (caller.kind === 'person') return caller.signedIn;
  throw new Error('a request without a person was admitted');
};

export interface SessionContext extends RouteContext {
  /** Refuses a password that others could read on its way. @throws Fault `TLS_REQUIRED` */
  readonly checkConfidential: (request: FastifyRequest) => void;
  /** The role of a caller, with the operations that it does not allow. */
  readonly rightsOf: (role: Role | undefined) => Pick<z.infer<typeof SessionDocument>, 'role' | 'not_allowed'>;
  /** Sets the cookie, and gives the answer. */
  readonly begin: (
    request: FastifyRequest,
    reply: FastifyReply,
    started: SessionStarted,
    isKept: boolean,
  ) => z.infer<typeof SessionDocument>;
}

/** The parts that all routes for signing in share. */
export const makeSessionContext = (context: RouteContext): SessionContext => {
  const { accountSettings: settings } = context.deps;
  const rightsOf: SessionContext['rightsOf'] = (role) => ({
    role: role ?? null,
    not_allowed: context.rights.notAllowed(role),
  });
  return {
    ...context,
    rightsOf,
    checkConfidential: (request) => {
      if (settings.insecure || isConfidential(request)) return;
      throw new Fault('TLS_REQUIRED', 'a password is sent over https only, or on the machine of the service');
    },
    begin: (request, reply, { person, cookie }, isKept) => {
      setSessionCookie(request, reply, cookie, isKept ? settings.keepSignedIn : undefined);
      reply.header('cache-control', 'no-store');
      return { ...NO_SESSION, person: describePerson(person), ...rightsOf(person.role) };
    },
  };
};
