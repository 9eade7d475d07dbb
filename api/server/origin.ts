import type { FastifyRequest } from 'fastify';
import { isLocalName, isLoopback } from '#model/limits/address.ts';

const FORWARDING = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via'];

/**
 * True for a direct request from this machine: a loopback peer, no header of a proxy, and a Host that names this machine.
 * The Host is checked against DNS rebinding, with which a foreign page could read through a visitor's browser.
 */
export const isFromHere = ({ headers, socket }: FastifyRequest): boolean =>
  isLoopback(socket.remoteAddress ?? '') &&
  FORWARDING.every((name) => headers[name] === undefined) &&
  isLocalName((headers.host ?? '').replace(/:\d+$/, ''));

/** True when nobody between the client and this machine can read the request and its answer. */
export const isConfidential = (request: FastifyRequest): boolean => request.protocol === 'https' || isFromHere(request);

const hostOf = (origin: string): string | undefined => (URL.canParse(origin) ? new URL(origin).host : undefined);

/**
 * True for a request that a page of another site sends. Browsers set `Sec-Fetch-Site` on encrypted and local connections, and
 * `Origin` on every change; a page cannot set either. Programs send neither.
 */
export const isOfOtherSite = ({ headers, host }: FastifyRequest): boolean => {
  const site = headers['sec-fetch-site'];
  if (site === 'same-origin' || site === 'none') return false;
  if (site !== undefined) return true;
  const { origin } = headers;
  return origin !== undefined && hostOf(origin) !== host;
};

/** True for a request that a page of this service sends: a change with a cookie needs it. */
export const isOfOwnPage = (request: FastifyRequest): boolean => {
  const { headers, host } = request;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  return headers.origin !== undefined && hostOf(headers.origin) === host;
};
