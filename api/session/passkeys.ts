import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { PasskeySite } from '#accounts/passkeys.ts';
import { describing } from '#model/base/document.ts';
import { Fault } from '#model/base/fault.ts';
import { sourceOf } from '#model/limits/address.ts';
import { problem } from '#api/problem.ts';
import type { Api, RouteContext } from '#api/route.ts';
import { clientAddress } from '#api/server/proxies.ts';
import { browserOf } from './browser.ts';
import {
  PasskeyBody,
  PasskeyId,
  PasskeyList,
  PasskeyOptions,
  PasskeyPatchBody,
  PasskeySignInBody,
  SHOWN_PASSKEY,
} from './passkey-schema.ts';
import { makeSessionContext, type SessionContext, signedInOf } from './context.ts';
import { SessionDocument } from './schema.ts';

const COMMON = { tags: ['people'] };
const REFUSED = { 403: problem('The passkey was not accepted, or the page is of another site.') };
const NOBODY = { 401: problem('Nobody is signed in.') };
const NONE = { 404: problem('The person has no such passkey.') };
const BAD = { 400: problem('The body is not as described.') };

const describePasskey = describing(SHOWN_PASSKEY);
const params = z.object({ passkey: PasskeyId });

/** The address in the browser. Behind a trusted proxy it is the forwarded one. */
const siteOf = ({ protocol, host, hostname }: FastifyRequest): PasskeySite => ({
  host: hostname,
  origin: `${protocol}://${host}`,
});

/** `POST /v1/session/passkey/options`, `POST /v1/session/passkey` */
const signInRoutes = (api: Api, { deps, limited, checkConfidential, begin }: SessionContext): void => {
  const { passkeys } = deps.accounts;

  api.route({
    method: 'POST',
    url: '/v1/session/passkey/options',
    config: { access: 'public' },
    schema: {
      ...COMMON,
      operationId: 'askForPasskey',
      summary: 'Begin to sign in with a passkey',
      description: 'The question that a passkey of this address answers. It holds nothing about people.',
      response: { 200: PasskeyOptions, 403: REFUSED[403] },
    },
    handler: async (request, reply) => {
      reply.header('cache-control', 'no-store');
      return { ...(await passkeys.ask(siteOf(request))) };
    },
  });

  api.route({
    method: 'POST',
    url: '/v1/session/passkey',
    config: { access: 'public', audit: 'changes' },
    schema: {
      ...COMMON,
      operationId: 'signInWithPasskey',
      summary: 'Sign in with a passkey',
      description:
        'Verifies the answer to `POST /v1/session/passkey/options`, sets the cookie of a new session, and ends the session that the ' +
        'browser had. The authenticator has to verify the person (PIN, finger, face).',
      body: PasskeySignInBody,
      response: {
        200: SessionDocument,
        ...BAD,
        ...REFUSED,
        429: problem('Too many attempts of this address or with this passkey.'),
      },
    },
    handler: async (request, reply) => {
      checkConfidential(request);
      const { credential, keep } = request.body;
      const address = sourceOf(clientAddress(request));
      const before = request.caller.kind === 'person' ? request.caller.signedIn : undefined;
      const browser = browserOf(request.headers['user-agent']);
      try {
        const asked = { credential, address, before, browser, isKept: keep };
        const started = await passkeys.signIn(asked, siteOf(request));
        deps.log.info('signed in', { person: started.person.id, address });
        return begin(request, reply, started, keep);
      } catch (error) {
        if (error instanceof Fault && error.code === 'SIGN_IN_LIMITED') limited('sign-ins', { address });
        if (error instanceof Fault && error.code === 'PASSKEY_REFUSED') deps.log.info('sign-in refused', { address });
        throw error;
      }
    },
  });
};

/** `/v1/passkeys`: the passkeys of the person who is signed in. */
// oxlint-disable-next-line max-lines-per-function -- a table of routes
const ownRoutes = (api: Api, { deps }: SessionContext): void => {
  const { accounts, operations } = deps;
  const { passkeys } = accounts;
  const listOwn = (request: FastifyRequest, reply: FastifyReply): z.infer<typeof PasskeyList> => {
    reply.header('cache-control', 'no-store');
    return { passkeys: operations.passkeysOf(signedInOf(request).person.id).map(describePasskey) };
  };

  api.route({
    method: 'GET',
    url: '/v1/passkeys',
    config: { access: 'person' },
    schema: {
      ...COMMON,
      operationId: 'listPasskeys',
      summary: 'Own passkeys',
      description: 'The passkeys with which the person can sign in, the oldest first.',
      response: { 200: PasskeyList, ...NOBODY },
    },
    handler: listOwn,
  });

  api.route({
    method: 'POST',
    url: '/v1/passkeys/options',
    config: { access: 'person' },
    schema: {
      ...COMMON,
      operationId: 'offerPasskey',
      summary: 'Begin to add a passkey',
      description: 'The options with which the browser makes a passkey for the person at this address.',
      response: { 200: PasskeyOptions, ...NOBODY, 409: problem('It is the demo, or the person has 20 passkeys.') },
    },
    handler: async (request, reply) => {
      reply.header('cache-control', 'no-store');
      return { ...(await passkeys.offer(signedInOf(request), siteOf(request))) };
    },
  });

  api.route({
    method: 'POST',
    url: '/v1/passkeys',
    config: { access: 'person' },
    schema: {
      ...COMMON,
      operationId: 'addPasskey',
      summary: 'Add a passkey',
      description: 'Verifies the answer to `POST /v1/passkeys/options` and keeps the public key.',
      body: PasskeyBody,
      response: { 200: PasskeyList, ...BAD, ...NOBODY, ...REFUSED },
    },
    handler: async (request, reply) => {
      await passkeys.add(signedInOf(request), request.body, siteOf(request));
      return listOwn(request, reply);
    },
  });

  api.route({
    method: 'PATCH',
    url: '/v1/passkeys/:passkey',
    config: { access: 'person' },
    schema: {
      ...COMMON,
      operationId: 'renamePasskey',
      summary: 'Rename a passkey',
      description: 'Gives one of the own passkeys another name.',
      params,
      body: PasskeyPatchBody,
      response: { 200: PasskeyList, ...BAD, ...NOBODY, ...NONE },
    },
    handler: async (request, reply) => {
      await passkeys.rename(signedInOf(request).person.id, request.params.passkey, request.body.name);
      return listOwn(request, reply);
    },
  });

  api.route({
    method: 'DELETE',
    url: '/v1/passkeys/:passkey',
    config: { access: 'person' },
    schema: {
      ...COMMON,
      operationId: 'revokePasskey',
      summary: 'Revoke a passkey',
      description: 'The passkey is invalid at once. Sessions that it began go on: end them in the list of sessions.',
      params,
      response: { 200: PasskeyList, ...NOBODY, ...NONE },
    },
    handler: async (request, reply) => {
      await passkeys.revoke(signedInOf(request).person.id, request.params.passkey);
      return listOwn(request, reply);
    },
  });
};

/** Passkeys: adding and listing the own ones, and signing in. */
export const passkeyRoutes = (api: Api, given: RouteContext): void => {
  const context = makeSessionContext(given);
  signInRoutes(api, context);
  ownRoutes(api, context);
};
