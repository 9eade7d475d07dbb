import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { OidcSignIn } from '#accounts/oidc.ts';
import { ONE_TIME_VALID } from '#accounts/one-time.ts';
import { Fault } from '#model/base/fault.ts';
import { sourceOf } from '#model/limits/address.ts';
import { problem } from '#api/problem.ts';
import type { Api, RouteContext } from '#api/route.ts';
import { clientAddress } from '#api/server/proxies.ts';
import { browserOf } from './browser.ts';
import { oidcCookie, setOidcCookie } from './cookie.ts';
import { OidcAnswer, OidcBody, OidcStart } from './oidc-schema.ts';
import { makeSessionContext, type SessionContext } from './context.ts';

const COMMON = { tags: ['people'] };
const CALLBACK = '/v1/session/oidc/callback';

/** Parameters of the query as they came. */
const parametersOf = ({ url }: FastifyRequest): URLSearchParams => new URLSearchParams(url.split('?')[1]);

const serviceOf = ({ deps }: SessionContext): OidcSignIn => {
  const { oidc } = deps.accounts;
  if (oidc !== undefined) return oidc;
  throw new Fault('NOT_FOUND', 'no identity service is set (accounts.oidc); sign in with a password or a passkey');
};

/** Reports a sign-in that failed; an operator has to mend what is no fault of the person. */
const report = ({ deps, limited }: SessionContext, fault: Fault, address: string): void => {
  if (fault.code === 'SIGN_IN_LIMITED') limited('sign-ins', { address });
  else if (['OIDC_CLIENT_REFUSED', 'OIDC_CLOCK', 'OIDC_UNREACHABLE'].includes(fault.code))
    deps.log.warn('identity service cannot be used', { code: fault.code, detail: fault.detail });
  else deps.log.info('sign-in refused', { address, code: fault.code, detail: fault.detail });
};

/** `POST /v1/session/oidc` */
const startRoute = (api: Api, context: SessionContext): void => {
  api.route({
    method: 'POST',
    url: '/v1/session/oidc',
    config: { access: 'public' },
    schema: {
      ...COMMON,
      operationId: 'beginOidcSignIn',
      summary: 'Begin to sign in at the identity service',
      description:
        'The address at the identity service to which the browser goes. A cookie binds the answer to this browser. With the `code` of a ' +
        'one-time link the account of that link is signed in, else the one with the same verified mail address.',
      body: OidcBody,
      response: {
        200: OidcStart,
        400: problem('The body is not as described.'),
        403: problem('It comes from a page of another site, or unencrypted.'),
        404: problem('No identity service is set.'),
        429: problem('Too many attempts of this address.'),
        503: problem('The identity service cannot be used.'),
      },
    },
    handler: async (request, reply) => {
      context.checkConfidential(request);
      const address = sourceOf(clientAddress(request));
      const { keep: isKept, consent: hasConsented, code } = request.body;
      const before = request.caller.kind === 'person' ? request.caller.signedIn : undefined;
      const redirect = `${request.protocol}://${request.host}${CALLBACK}`;
      const oidc = serviceOf(context);
      try {
        const { url, state } = await oidc.begin({ redirect, address, isKept, hasConsented, code, before });
        setOidcCookie(request, reply, state, ONE_TIME_VALID);
        reply.header('cache-control', 'no-store');
        return { url };
      } catch (error) {
        if (error instanceof Fault) report(context, error, address);
        throw error;
      }
    },
  });
};

/** `GET /v1/session/oidc/callback` */
const callbackRoute = (api: Api, context: SessionContext): void => {
  const finish = async (request: FastifyRequest, reply: FastifyReply): Promise<string> => {
    context.checkConfidential(request);
    const browser = browserOf(request.headers['user-agent']);
    const answer = parametersOf(request);
    const { isKept, ...started } = await serviceOf(context).finish({ state: oidcCookie(request), answer, browser });
    context.deps.log.info('signed in', { person: started.person.id, address: sourceOf(clientAddress(request)) });
    context.begin(request, reply, started, isKept);
    return '/#/';
  };

  api.route({
    method: 'GET',
    url: CALLBACK,
    config: { access: 'public', audit: 'changes' },
    schema: {
      ...COMMON,
      operationId: 'signInWithOidc',
      summary: 'Come back from the identity service',
      description:
        'Verifies the answer of the identity service, sets the cookie of a new session, and leads to the console: to its first page, or to the ' +
        'page to sign in with the code of the fault (`/#/account?fault=`).',
      querystring: OidcAnswer,
      response: {
        303: z.null().meta({ description: 'To the console.' }),
        400: problem('A parameter is wrong.'),
      },
    },
    handler: async (request, reply) => {
      setOidcCookie(request, reply, '', undefined);
      reply.header('cache-control', 'no-store');
      try {
        return await reply.redirect(await finish(request, reply), 303);
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        report(context, error, sourceOf(clientAddress(request)));
        return reply.redirect(`/#/account?fault=${error.code}`, 303);
      }
    },
  });
};

/** Signing in at the identity service of the settings (OpenID Connect). */
export const oidcRoutes = (api: Api, given: RouteContext): void => {
  const context = makeSessionContext(given);
  startRoute(api, context);
  callbackRoute(api, context);
};
