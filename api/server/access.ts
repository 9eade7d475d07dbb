import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '#model/base/clock.ts';
import { Fault } from '#model/base/fault.ts';
import { isLoopback } from '#model/limits/address.ts';
import { hashSecret, isSameHash, type Secret } from '#model/base/secret.ts';
import type { Operations } from '#storage/operations/operations.ts';
import { answerFault } from '#api/problem.ts';

/**
 * Access to a route. `public`: everyone. `read`: everyone on this machine, elsewhere a token. `change`: the operator token.
 * `device`, `gateway`: the device or gateway of the path, with its secret.
 */
export type Access = 'public' | 'read' | 'change' | 'device' | 'gateway';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
}

export interface AccessDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly operations: Pick<Operations, 'registry' | 'secretHashes'>;
  readonly secretKey: Buffer;
  readonly operatorToken: Secret;
  readonly readToken?: Secret;
}

/** The hook that admits a request or answers 401, before its body is read. */
export const accessHook = (deps: AccessDeps) => {
  const mayPost = secretCheck(deps);
  const isToken = tokenCheck(deps.secretKey);
  const { operatorToken, readToken } = deps;

  // oxlint-disable-next-line complexity -- one condition for each kind of access, in one place to review
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    if (request.is404) return undefined;
    const { access } = request.routeOptions.config;
    const token = bearerOf(request);
    const isOperator = token !== undefined && isToken(operatorToken, token);
    const isReader = isOperator || (token !== undefined && readToken !== undefined && isToken(readToken, token));
    if (access === 'public' || (access === 'read' && (isReader || isFromHere(request)))) return undefined;
    if (access === 'change' && isOperator) return undefined;
    if (access !== 'device' && access !== 'gateway') return answerFault(request, reply, refusal(access));
    const sender = namedIn(request, access);
    if (mayPost(access, sender, token ?? passwordOf(request, sender) ?? '')) return undefined;
    reply.header('www-authenticate', 'Bearer realm="klawing", Basic realm="klawing", charset="UTF-8"');
    return answerFault(request, reply, credentialsRefused(access));
  };
};

const credentialsRefused = (access: 'device' | 'gateway'): Fault =>
  new Fault(
    'CREDENTIALS_REFUSED',
    `send "Authorization: Bearer <secret of the ${access}>", or Basic with the id of the ${access} as the user and its secret as the password`,
  );

const refusal = (access: Access | undefined): Fault =>
  access === 'read'
    ? new Fault(
        'TOKEN_REFUSED',
        'reading from another machine or through a proxy needs "Authorization: Bearer <read token>"',
      )
    : new Fault(
        'TOKEN_REFUSED',
        'this changes something and needs "Authorization: Bearer <operator token>"; the token is in operator.token in the data folder',
      );

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

const FORWARDING = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via'];

/**
 * True for a direct request from this machine: a loopback peer, no header of a proxy, and a Host that names this machine.
 * The Host is checked against DNS rebinding, with which a foreign page could read through a visitor's browser.
 */
export const isFromHere = ({ headers, socket }: FastifyRequest): boolean =>
  isLoopback(socket.remoteAddress ?? '') &&
  FORWARDING.every((name) => headers[name] === undefined) &&
  isLocalName(headers.host ?? '');

const isLocalName = (host: string): boolean => {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  return name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || isLoopback(name);
};
