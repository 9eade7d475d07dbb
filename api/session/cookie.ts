import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Duration } from '#model/base/duration.ts';
import type { AccountSession } from '#model/accounts/person.ts';
import { Secret } from '#model/base/secret.ts';

/** Over TLS the prefix binds the cookie to this host and to TLS (RFC 6265bis, 4.1.3). */
const nameFor = ({ protocol }: Pick<FastifyRequest, 'protocol'>): string =>
  protocol === 'https' ? '__Host-klawing' : 'klawing';

/** Cookie of a sign-in at the identity service, which sends the browser back: a strict cookie would not come with it. */
const OIDC = { suffix: '-oidc', sameSite: 'Lax' };
const SESSION = { suffix: '', sameSite: 'Strict' };
type CookieKind = typeof SESSION;

const cookieOf = (request: FastifyRequest, { suffix }: CookieKind): string | undefined => {
  const start = `${nameFor(request)}${suffix}=`;
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  const value = pairs.find((pair) => pair.startsWith(start))?.slice(start.length);
  return value === '' ? undefined : value;
};

const cookieFor = (
  request: FastifyRequest,
  { suffix, sameSite }: CookieKind,
  value: string,
  more: readonly string[],
): string =>
  [
    `${nameFor(request)}${suffix}=${value}`,
    'Path=/',
    'HttpOnly',
    `SameSite=${sameSite}`,
    ...(request.protocol === 'https' ? ['Secure'] : []),
    ...more,
  ].join('; ');

/** The value of the session cookie; undefined without one. */
export const sessionCookie = (request: FastifyRequest): string | undefined => cookieOf(request, SESSION);

/** The state of a sign-in at the identity service that this browser began. */
export const oidcCookie = (request: FastifyRequest): string | undefined => cookieOf(request, OIDC);

/** @param keep undefined for a cookie that ends at once */
export const setOidcCookie = (
  request: FastifyRequest,
  reply: FastifyReply,
  state: string,
  keep: Duration | undefined,
): void => {
  const age = keep === undefined ? 0 : Math.floor(keep.ms / 1_000);
  reply.header('set-cookie', cookieFor(request, OIDC, state, [`Max-Age=${age}`]));
};

/** @param keep undefined for a cookie that ends with the browser */
export const setSessionCookie = (
  request: FastifyRequest,
  reply: FastifyReply,
  cookie: Secret,
  keep: Duration | undefined,
): void => {
  const age = keep === undefined ? [] : [`Max-Age=${Math.floor(keep.ms / 1_000)}`];
  reply.header('set-cookie', cookieFor(request, SESSION, cookie.reveal(), age));
};

/** Sends the cookie of a long session again, whose age the browser counts from the last time that it was sent. */
export const renewSessionCookie = (
  request: FastifyRequest,
  reply: FastifyReply,
  { idle }: Pick<AccountSession, 'idle'>,
  short: Duration,
): void => {
  const cookie = sessionCookie(request);
  if (cookie !== undefined && idle.ms > short.ms) setSessionCookie(request, reply, new Secret(cookie), idle);
};

export const clearSessionCookie = (request: FastifyRequest, reply: FastifyReply): void => {
  reply.header('set-cookie', cookieFor(request, SESSION, '', ['Max-Age=0']));
};
