import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Fault } from '#model/base/fault.ts';
import { onOneLine } from '#model/base/printable.ts';
import type { Log } from '#model/base/log.ts';
import { answerBug, answerFault } from '#api/problem.ts';

const PLACES = { querystring: 'query parameter', params: 'path parameter', body: 'body member', headers: 'header' };
type FaultPlace = keyof typeof PLACES;

/** Turns the error of a route into a problem document. Only a bug is logged as an error. */
export const errorHandler = (log: Log) => (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
  if (error instanceof Fault) return answerFault(request, reply, error);
  if (error.validation !== undefined) return answerFault(request, reply, invalid(error, request));
  const status = error.statusCode ?? 500;
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return answerFault(request, reply, new Fault('PAYLOAD_TOO_LARGE', 'send it in smaller pieces'));
  }
  if (status >= 400 && status < 500)
    return answerFault(request, reply, new Fault('REQUEST_INVALID', error.message), status);
  log.error('request failed with a bug', { method: request.method, route: request.routeOptions.url, error });
  return answerBug(request, reply);
};

const isPlace = (text: string | undefined): text is FaultPlace => text !== undefined && Object.hasOwn(PLACES, text);

/** Names the first mistake in a request, with the given value and an example. */
const invalid = (error: FastifyError, request: FastifyRequest): Fault => {
  const issue = error.validation?.[0];
  const place = isPlace(error.validationContext) ? error.validationContext : 'body';
  const path = (issue?.instancePath ?? '').split('/').filter((part) => part !== '');
  const given = path.reduce<unknown>(memberOf, { ...request, querystring: request.query }[place]);
  const name = path.join('.');
  const subject = name === '' ? `the ${place === 'querystring' ? 'query' : place}` : `${PLACES[place]} "${name}"`;
  const example = exampleOf(request.routeOptions.schema?.[place], path);
  const parts = [
    `${subject}: ${issue?.message ?? error.message}`,
    name === '' ? undefined : `given was ${shorten(given)}`,
    example === undefined ? undefined : `for example ${shorten(example)}`,
  ];
  // it repeats what the client gave
  const detail = onOneLine(parts.filter((part) => part !== undefined).join('; '));
  return new Fault('REQUEST_INVALID', detail, memberOfBody(place, name));
};

/** The refused member of a body, for its form; none where the whole body is wrong. */
const memberOfBody = (place: FaultPlace, name: string): { readonly member?: string } =>
  place === 'body' && name !== '' ? { member: onOneLine(name) } : {};

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;

/** The example closest to a member in its schema. */
// oxlint-disable-next-line complexity -- one condition for each optional part of the message
const exampleOf = (schema: unknown, path: readonly string[]): unknown => {
  let found: unknown;
  let here = schema;
  for (const name of [...path, undefined]) {
    if (!(here instanceof z.ZodType)) break;
    found = here.meta()?.['examples'] ?? found;
    const inner = here instanceof z.ZodOptional || here instanceof z.ZodPrefault ? here.unwrap() : here;
    if (inner instanceof z.ZodType) found = inner.meta()?.['examples'] ?? found;
    if (inner instanceof z.ZodObject) here = name === undefined ? undefined : inner.shape[name];
    else here = inner instanceof z.ZodArray ? inner.element : undefined;
  }
  return Array.isArray(found) ? found[0] : undefined;
};

const LONGEST = 200;

const shorten = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
};
