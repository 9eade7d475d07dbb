import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Accounts } from '#accounts/accounts.ts';
import type { Clock } from '#model/base/clock.ts';
import { leastRole, type Right } from '#model/accounts/role.ts';
import { Fault } from '#model/base/fault.ts';
import { hashSecret, isSameHash, type Secret } from '#model/base/secret.ts';
import type { Operations } from '#storage/operations/operations.ts';
import { answerFault } from '#api/problem.ts';
import { sessionCookie } from '#api/session/cookie.ts';
import { type Caller, mayCall } from './caller.ts';
import { isFromHere, isOfOtherSite, isOfOwnPage } from './origin.ts';

/**
 * Access to a route. `public`: everyone. A right (`read`, `respond`, `analyse`, `operate`): every person and program whose role
 * has it; `read` also everyone on this machine. `person`: every person who is signed in. `device`, `gateway`: the device or
 * gateway of the path, with its secret.
 */
export type Access = 'public' | Right | 'person' | 'device' | 'gateway';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
}

export interface AccessDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly operations: Pick<Operations, 'registry' | 'secretHashes'>;
  readonly accounts: Pick<Accounts, 'sessions' | 'tokens'>;
  readonly secretKey: Buffer;
  readonly operatorToken: Secret;
  readonly readToken?: Secret;
  readonly isDemo: boolean;
}

/** The hook that notes the caller of a request, and admits it or answers 401 or 403, before its body is read. */
export const accessHook = (deps: AccessDeps) => {
  const mayPost = secretCheck(deps);
  const callerOf = callerFinder(deps);

  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    request.caller = { kind: 'nobody' };
    if (request.is404) return undefined;
    const { access } = request.routeOptions.config;
    if (access === 'device' || access === 'gateway') {
      const id = namedIn(request, access);
      request.caller = { kind: access, id };
      if (mayPost(access, id, bearerOf(request) ?? passwordOf(request, id) ?? '')) return undefined;
      reply.header('www-authenticate', 'Bearer realm="klawing", Basic realm="klawing", charset="UTF-8"');
      return answerFault(request, reply, credentialsRefused(access));
    }
    const caller = callerOf(request);
    request.caller = caller;
    const fault = refusalOf(access, request);
    if (fault !== undefined) return answerFault(request, reply, fault);
    if (caller.kind === 'token') await deps.accounts.tokens.use(caller.token);
    if (caller.kind === 'person') await deps.accounts.sessions.use(caller.signedIn);
    return undefined;
  };
};

const credentialsRefused = (access: 'device' | 'gateway'): Fault =>
  new Fault(
    'CREDENTIALS_REFUSED',
    `send "Authorization: Bearer <secret of the ${access}>", or Basic with the id of the ${access} as the user and its secret as the password`,
  );

/** Methods that change nothing. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The fault of a request that is not admitted; undefined for one that is. */
// oxlint-disable-next-line complexity -- one condition for each kind of access, in one place to review
const refusalOf = (access: Access | undefined, request: FastifyRequest): Fault | undefined => {
  const { caller, method } = request;
  const isForeign = caller.kind === 'person' ? !isOfOwnPage(request) : isOfOtherSite(request);
  const isByCookie = caller.kind === 'person' || access === 'public';
  if (!SAFE.has(method) && isByCookie && isForeign) {
    return new Fault('ORIGIN_REFUSED', 'changes with a session are made from the pages of this service only');
  }
  if (access === 'public') return undefined;
  if (access === 'person') return caller.kind === 'person' ? undefined : notSignedIn();
  if (access === undefined || access === 'device' || access === 'gateway') return notSignedIn();
  if (mayCall(caller, access)) return undefined;
  return caller.kind === 'person' || caller.kind === 'token' ? missing(access) : unknown(access);
};

const notSignedIn = (): Fault => new Fault('TOKEN_REFUSED', 'this is for a person who is signed in; sign in first');

const unknown = (access: Right): Fault =>
  access === 'read'
    ? new Fault(
        'TOKEN_REFUSED',
        'reading from another machine or through a proxy needs a person who is signed in, or "Authorization: Bearer <read token>"',
      )
    : new Fault(
        'TOKEN_REFUSED',
        `this changes something and needs a person with the role ${leastRole(access)} who is signed in, or "Authorization: Bearer <operator token>"; the token is in operator.token in the data folder`,
      );

const missing = (access: Right): Fault =>
  new Fault('RIGHT_MISSING', `it needs the role ${leastRole(access)}; an operator gives roles ("klawing user role")`);

const callerFinder = ({ accounts, secretKey, operatorToken, readToken, isDemo }: AccessDeps) => {
  const isToken = tokenCheck(secretKey);

  const byToken = (token: string): Caller | undefined => {
    if (isToken(operatorToken, token)) return { kind: 'operator-token' };
    if (readToken !== undefined && isToken(readToken, token)) return { kind: 'reader' };
    const found = accounts.tokens.find(token);
    return found === undefined ? undefined : { kind: 'token', token: found };
  };

  const byCookie = (request: FastifyRequest): Caller | undefined => {
    const cookie = sessionCookie(request);
    const signedIn = cookie === undefined ? undefined : accounts.sessions.find(cookie);
    if (signedIn === undefined) return undefined;
    if (signedIn.session.isDemo === true && !(isDemo && isFromHere(request))) return undefined;
    return { kind: 'person', signedIn };
  };

  return (request: FastifyRequest): Caller => {
    const token = bearerOf(request);
    const found = token === undefined ? byCookie(request) : byToken(token);
    if (found !== undefined) return found;
    return { kind: isFromHere(request) && !isOfOtherSite(request) ? 'local' : 'nobody' };
  };
};

/** Up to two hashes are valid. An unknown device is compared with as many random ones, so that the time is the same. */
const HASHES = 2;

const secretCheck = ({ clock, operations, secretKey }: AccessDeps) => {
  const dummy = hashSecret(secretKey, randomBytes(32));
  const isAdmitted = (access: 'device' | 'gateway', id: string): boolean => {
    const { devices, gateways } = operations.registry();
    if (access === 'gateway') return gateways.get(id)?.revoked === false;
    const device = devices.get(id);
    return device !== undefined && !device.revoked && device.certificateOnly !== true;
  };
  return (access: 'device' | 'gateway', id: string, secret: string): boolean => {
    const known = operations.secretHashes(id, clock.now());
    const given = hashSecret(secretKey, secret);
    const matches = Array.from({ length: HASHES }, (_, i) => isSameHash(known[i] ?? dummy, given));
    return matches.includes(true) && isAdmitted(access, id);
  };
};

/** Compares hashes, so that the time tells nothing about the length or the beginning of the token. */
const tokenCheck =
  (secretKey: Buffer) =>
  (expected: Secret, given: string): boolean =>
    isSameHash(hashSecret(secretKey, expected.reveal()), hashSecret(secretKey, given));

const bearerOf = (request: FastifyRequest): string | undefined =>
  /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];

/** The password of HTTP Basic (RFC 7617), if the user is the device or gateway of the path. */
const passwordOf = (request: FastifyRequest, sender: string): string | undefined => {
  const encoded = /^Basic +([\w+/-]+=*) *$/i.exec(request.headers.authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  return text.startsWith(`${sender}:`) ? text.slice(sender.length + 1) : undefined;
};

/** The device or gateway of the path; empty without one. */
export const namedIn = ({ params }: FastifyRequest, member: 'device' | 'gateway'): string => {
  const name: unknown = typeof params === 'object' && params !== null ? Reflect.get(params, member) : undefined;
  return typeof name === 'string' ? name : '';
};
