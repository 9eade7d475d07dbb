import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { sourceOf } from '#model/limits/address.ts';
import { Fault } from '#model/base/fault.ts';
import { formatInstant } from '#model/base/instant.ts';
import { problem } from '#api/problem.ts';
import type { Api, RouteContext } from '#api/route.ts';
import { roleOf } from '#api/server/caller.ts';
import { isFromHere } from '#api/server/origin.ts';
import { clientAddress } from '#api/server/proxies.ts';
import { browserOf } from './browser.ts';
import {
  describePerson,
  describeSession,
  makeSessionContext,
  NO_SESSION,
  type SessionContext,
  signedInOf,
} from './context.ts';
import { clearSessionCookie, renewSessionCookie } from './cookie.ts';
import {
  AcceptBody,
  InvitationBody,
  InvitationDocument,
  PasswordBody,
  SessionDocument,
  SessionId,
  SessionList,
  SignInBody,
} from './schema.ts';

const COMMON = { tags: ['people'] };
const BAD = {
  400: problem('The body is not as described.'),
  403: problem('It comes from a page of another site, or unencrypted.'),
};
const LIMITED = { 429: problem('Too many attempts of this address or at this account.') };

/** `GET`, `POST`, `DELETE /v1/session`, `POST /v1/session/demo` */
// oxlint-disable-next-line max-lines-per-function -- a table of routes
const ownRoutes = (api: Api, { deps, limited, checkConfidential, begin, rightsOf }: SessionContext): void => {
  const { accounts, operations, accountSettings: settings } = deps;
  const isDemoFor = (request: FastifyRequest): boolean => deps.isDemo && isFromHere(request);

  api.route({
    method: 'GET',
    url: '/v1/session',
    config: { access: 'public' },
    schema: {
      ...COMMON,
      operationId: 'getSession',
      summary: 'Who is signed in',
      description: 'The person of the session, and the role of the caller. A session in use is renewed.',
      response: { 200: SessionDocument, 400: problem('A parameter is wrong.') },
    },
    handler: (request, reply) => {
      const { caller } = request;
      const signedIn = caller.kind === 'person' ? caller.signedIn : undefined;
      if (signedIn !== undefined) renewSessionCookie(request, reply, signedIn.session, settings.sessionTime);
      reply.header('cache-control', 'no-store');
      return {
        person: signedIn === undefined ? null : describePerson(signedIn.person),
        ...rightsOf(roleOf(caller)),
        session: signedIn?.session.id ?? null,
        demo: isDemoFor(request),
        empty: operations.people().every(({ login, disabledAt }) => login === undefined || disabledAt !== undefined),
        identity_service: settings.oidc?.name ?? null,
      };
    },
  });

  api.route({
    method: 'POST',
    url: '/v1/session',
    config: { access: 'public', audit: 'changes' },
    schema: {
      ...COMMON,
      operationId: 'signIn',
      summary: 'Sign in with a password',
      description:
        'Sets the cookie of a new session, and ends the session that the browser had. An unknown name and a wrong password get the ' +
        'same answer in the same time. From another machine over TLS only.',
      body: SignInBody,
      response: { 200: SessionDocument, 401: problem('The name or the password is wrong.'), ...BAD, ...LIMITED },
    },
    handler: async (request, reply) => {
      checkConfidential(request);
      const { login, password, keep } = request.body;
      const address = sourceOf(clientAddress(request));
      const before = request.caller.kind === 'person' ? request.caller.signedIn : undefined;
      try {
        const browser = browserOf(request.headers['user-agent']);
        const started = await accounts.signIn.withPassword({ login, password, address, before, browser, isKept: keep });
        deps.log.info('signed in', { person: started.person.id, address });
        return begin(request, reply, started, keep);
      } catch (error) {
        if (error instanceof Fault && error.code === 'SIGN_IN_LIMITED') limited('sign-ins', { address });
        if (error instanceof Fault && error.code === 'SIGN_IN_REFUSED') deps.log.info('sign-in refused', { address });
        throw error;
      }
    },
  });

  api.route({
    method: 'DELETE',
    url: '/v1/session',
    config: { access: 'person' },
    schema: {
      ...COMMON,
      operationId: 'signOut',
      summary: 'Sign out',
      description: 'Ends the session of the cookie.',
      response: { 200: SessionDocument, 401: problem('Nobody is signed in.') },
    },
    handler: async (request, reply) => {
      const { person, session } = signedInOf(request);
      operations.noteAudit({}, { subject: `person:${person.id}` });
      await accounts.sessions.end(person.id, session.id);
      clearSessionCookie(request, reply);
      reply.header('cache-control', 'no-store');
      return { ...NO_SESSION, ...rightsOf(undefined), demo: isDemoFor(request) };
    },
  });

  api.route({
    method: 'POST',
    url: '/v1/session/demo',
    config: { access: 'public', audit: 'changes' },
    schema: {
      ...COMMON,
      operationId: 'signInDemo',
      summary: 'Sign in to the demo',
      description:
        'Signs in as the operator of the demo, on this machine and in the demo only. Elsewhere the answer is 404.',
      response: { 200: SessionDocument, 403: BAD[403], 404: problem('This is not the demo, or another machine.') },
    },
    handler: async (request, reply) => {
      if (!isDemoFor(request))
        throw new Fault('NOT_FOUND', 'only "klawing up --demo" signs in by itself, and only on its own machine');
      const started = await accounts.signIn.asDemo({ browser: browserOf(request.headers['user-agent']) });
      return begin(request, reply, started, false);
    },
  });
};

/** `POST /v1/invitation`, `POST /v1/invitation/accept` */
const invitationRoutes = (api: Api, { deps, checkConfidential, begin }: SessionContext): void => {
  const { invitations } = deps.accounts;

  api.route({
    method: 'POST',
    url: '/v1/invitation',
    config: { access: 'public' },
    schema: {
      ...COMMON,
      operationId: 'lookAtInvitation',
      summary: 'What a link is for',
      description: 'The person and the purpose of a one-time link. The link stays valid.',
      body: InvitationBody,
      response: { 200: InvitationDocument, ...BAD },
    },
    handler: (request, reply) => {
      const { purpose, person, until } = invitations.look(request.body.code);
      reply.header('cache-control', 'no-store');
      return { purpose, name: person?.name ?? null, login: person?.login ?? null, valid_until: formatInstant(until) };
    },
  });

  api.route({
    method: 'POST',
    url: '/v1/invitation/accept',
    config: { access: 'public', audit: 'changes' },
    schema: {
      ...COMMON,
      operationId: 'acceptInvitation',
      summary: 'Join, or choose a new password',
      description:
        'Uses a one-time link: sets the password, notes the consent, and signs in. The first operator also chooses `name` and `login`. ' +
        'Other sessions of the person end.',
      body: AcceptBody,
      response: { 200: SessionDocument, ...BAD, 409: problem('The sign-in name is taken.') },
    },
    handler: async (request, reply) => {
      checkConfidential(request);
      const { code, password, name, login, keep } = request.body;
      const browser = browserOf(request.headers['user-agent']);
      const accepted = await invitations.accept({ code, password, name, login }, { browser, isKept: keep });
      deps.log.info('invitation accepted', { person: accepted.person.id });
      return begin(request, reply, accepted, keep);
    },
  });
};

/** `PUT /v1/session/password`, `GET /v1/sessions`, `DELETE /v1/sessions/{session}` */
// oxlint-disable-next-line max-lines-per-function -- a table of routes
const selfRoutes = (api: Api, { deps, checkConfidential }: SessionContext): void => {
  const { accounts, operations } = deps;
  const listOwn = (request: FastifyRequest, reply: FastifyReply): z.infer<typeof SessionList> => {
    reply.header('cache-control', 'no-store');
    return { sessions: operations.sessionsOf(signedInOf(request).person.id).map(describeSession) };
  };

  api.route({
    method: 'PUT',
    url: '/v1/session/password',
    config: { access: 'person' },
    schema: {
      ...COMMON,
      operationId: 'changePassword',
      summary: 'Change the own password',
      description:
        'Needs the present password. All other sessions of the person end; the answer lists the one that is left.',
      body: PasswordBody,
      response: {
        200: SessionList,
        400: problem('The new password is easy to guess.'),
        401: problem('The present password is wrong, or nobody is signed in.'),
        ...LIMITED,
      },
    },
    handler: async (request, reply) => {
      checkConfidential(request);
      const { old, new: next } = request.body;
      await accounts.signIn.changePassword(signedInOf(request), { old, next }, sourceOf(clientAddress(request)));
      return listOwn(request, reply);
    },
  });

  api.route({
    method: 'GET',
    url: '/v1/sessions',
    config: { access: 'person' },
    schema: {
      ...COMMON,
      operationId: 'listOwnSessions',
      summary: 'Own sessions',
      description: 'The browsers in which the person is signed in, the newest first.',
      response: { 200: SessionList, 401: problem('Nobody is signed in.') },
    },
    handler: listOwn,
  });

  api.route({
    method: 'DELETE',
    url: '/v1/sessions/:session',
    config: { access: 'person' },
    schema: {
      ...COMMON,
      operationId: 'endOwnSession',
      summary: 'End an own session',
      description: 'Signs out one browser, for example of a phone that is lost. The answer lists the others.',
      params: z.object({ session: SessionId }),
      response: {
        200: SessionList,
        401: problem('Nobody is signed in.'),
        404: problem('The person has no such session.'),
      },
    },
    handler: async (request, reply) => {
      const { person } = signedInOf(request);
      const { session } = request.params;
      const isEnded = await accounts.sessions.end(person.id, session);
      if (!isEnded) throw new Fault('NOT_FOUND', `you have no session ${session}; GET /v1/sessions lists them`);
      return listOwn(request, reply);
    },
  });
};

/** `/v1/session`, `/v1/sessions` and `/v1/invitation`: signing in and out. */
export const sessionRoutes = (api: Api, given: RouteContext): void => {
  const context = makeSessionContext(given);
  ownRoutes(api, context);
  invitationRoutes(api, context);
  selfRoutes(api, context);
};
