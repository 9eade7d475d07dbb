import { z } from 'zod';
import { Fault } from '#model/base/fault.ts';
import { parseJson } from '#model/base/parse-json.ts';
import { adviceFor } from './advice.ts';
import { type InfluxPlace } from './place.ts';
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

const outage = (answer: InfluxAnswer, place: InfluxPlace): Fault => {
  const words = wordsOf(answer);
  const isOfVersion2 = ErrorBody.safeParse(parseJson(answer.body)).data?.message !== undefined;
  const advice = adviceFor({ status: answer.status, words, isOfVersion2 }, place);
  return new Fault('STORE_FAILED', `${place.url} answered ${answer.status}: ${words}; ${advice}`, {
    retry: true,
    retryAfter: answer.retryAfter,
  });
};

/**
 * The outcome of a write by its answer. Only what says that everything is stored counts as accepted; only 400 and 422 (and the
 * 201 of InfluxDB 3, which lists the lines it left out) speak of the lines, and only in the store's own words: a proxy
 * that finds fault with a request has not read it. All else is an outage, so nothing is lost.
 */
export const outcomeOf = (answer: InfluxAnswer, place: InfluxPlace): WriteOutcome => {
  const isEmpty = answer.body.trim() === '';
  switch (answer.status) {
    case 204:
      return 'accepted';
    case 200:
    case 201:
      if (isEmpty) return 'accepted';
      return answer.status === 201 && reasonOf(answer) !== undefined ? 'refused' : outage(answer, place);
    case 400:
    case 422:
      return reasonOf(answer) === undefined ? outage(answer, place) : 'refused';
    case 413:
      return 'too-large';
    default:
      return outage(answer, place);
  }
};

/** Checks any other answer: 200 and 204 are good, the rest is an outage. */
export const expectOk = (answer: InfluxAnswer, place: InfluxPlace): void => {
  if (answer.status !== 200 && answer.status !== 204) throw outage(answer, place);
};
