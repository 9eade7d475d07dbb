import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { Fault } from '#model/base/fault.ts';
import type { ApiDeps } from './deps.ts';
import type { ApiLimited } from './limits/limited.ts';
import type { OperationRights } from './server/rights.ts';
import type { ApiSettings } from './settings.ts';

/** A Fastify server whose routes are described by zod schemas. */
export type Api = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Arguments of each function that registers routes. */
export interface RouteContext {
  readonly settings: ApiSettings;
  readonly deps: ApiDeps;
  readonly limited: ApiLimited;
  readonly rights: OperationRights;
}

/** A signal for one query, aborted when the client disconnects or the store takes too long. */
export interface QuerySignal {
  readonly signal: AbortSignal;
  /** Call it when the store has begun to answer: from then on only the client ends the query. */
  hasAnswered(): void;
  /** Runs the query; its error after an abort becomes `STORE_UNREACHABLE` (retry). */
  run<T>(query: () => Promise<T>): Promise<T>;
}

/** Makes a signal for the answer to one request. */
export const querySignal = (
  reply: FastifyReply,
  { settings, deps }: Pick<RouteContext, 'settings' | 'deps'>,
): QuerySignal => {
  const ended = new AbortController();
  const timer = deps.clock.after(settings.queryTimeout, () => ended.abort());
  reply.raw.once('close', () => {
    timer.stop();
    ended.abort();
  });
  return {
    signal: ended.signal,
    hasAnswered: () => timer.stop(),
    run: async (query) => {
      try {
        return await query();
      } catch (error) {
        if (!ended.signal.aborted || error instanceof Fault) throw error;
        const detail = `no answer within ${settings.queryTimeout.ms / 1_000} s; ask for less time, or later`;
        throw new Fault('STORE_UNREACHABLE', detail, { retry: true, cause: error });
      }
    },
  };
};
