import { z } from 'zod';
import { Fault } from '#model/base/fault.ts';
import { parseJson } from '#model/base/parse-json.ts';
import type { InfluxAnswer } from './http.ts';

const ErrorBody = z.object({ error: z.string().optional(), message: z.string().optional() });

/** Error text of an InfluxDB: `error` in 1.x and 3, `message` in 2.x. Undefined where another server has answered. */
const reasonOf = ({ body }: InfluxAnswer): string | undefined => {
  const { error, message } = ErrorBody.safeParse(parseJson(body)).data ?? {};
  return message ?? error;
};

/** The store's own words, or those of whoever answered in its place. */
export const wordsOf = (answer: InfluxAnswer): string =>
  (reasonOf(answer) ?? answer.body.trim().slice(0, 500)) || `status ${answer.status}`;

/** The next action after a write: none, look for the refused lines, send less at once, or stop and try later. */
export type WriteOutcome = 'accepted' | 'refused' | 'too-large' | Fault;

const ADVICE: Readonly<Record<number, string>> = {
  401: 'check token, or user and password',
  403: 'the token or user may not write there',
  404: 'check that the database or bucket exists (1.x: CREATE DATABASE, 2.x: bucket and DBRP mapping) and the write path',
  429: 'the store asks for a pause',
};

const outage = (answer: InfluxAnswer, url: string): Fault =>
  new Fault(
    'STORE_FAILED',
    `${url} answered ${answer.status}: ${wordsOf(answer)}; ${ADVICE[answer.status] ?? 'see the log of the store'}`,
    { retry: true, retryAfter: answer.retryAfter },
  );

/**
 * The outcome of a write by its answer. Only what says that everything is stored counts as accepted; only 400 and 422 (and the
 * 201 of InfluxDB 3, which lists the lines it left out) speak of the lines, and only in the store's own words: a proxy
 * that finds fault with a request has not read it. All else is an outage, so nothing is lost.
 */
export const outcomeOf = (answer: InfluxAnswer, url: string): WriteOutcome => {
  const isEmpty = answer.body.trim() === '';
  switch (answer.status) {
    case 204:
      return 'accepted';
    case 200:
    case 201:
      if (isEmpty) return 'accepted';
      return answer.status === 201 && reasonOf(answer) !== undefined ? 'refused' : outage(answer, url);
    case 400:
    case 422:
      return reasonOf(answer) === undefined ? outage(answer, url) : 'refused';
    case 413:
      return 'too-large';
    default:
      return outage(answer, url);
  }
};

/** Checks any other answer: 200 and 204 are good, the rest is an outage. */
export const expectOk = (answer: InfluxAnswer, url: string): void => {
  if (answer.status !== 200 && answer.status !== 204) throw outage(answer, url);
};
