import type { FastifyRequest, RouteOptions } from 'fastify';
import type { Clock } from '#model/base/clock.ts';
import type { Operations } from '#storage/operations/operations.ts';
import { actorName } from './caller.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * `always`: the trail of changes gets an entry of every call that succeeds. `changes`: of one that changes the operations
     * database; the default of every route that needs a right beyond reading. `never`: of none.
     */
    audit?: 'always' | 'changes' | 'never';
  }
}

interface AuditDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly operations: Pick<Operations, 'audited'>;
}

const isAuditedByDefault = ({ method, config }: RouteOptions): boolean => {
  const access = config?.access;
  if (access === 'person') return method !== 'GET';
  return access === 'respond' || access === 'analyse' || (access === 'operate' && method !== 'GET');
};

/** The thing that a path names, as `device:pbg-r03` or `alert:26`; the collection where it names none. */
const subjectOf = ({ url, params }: FastifyRequest): string => {
  const [collection = ''] = url.split('?')[0]?.split('/').slice(2) ?? [];
  const [first] = Object.entries(Object(params));
  if (first === undefined) return collection;
  const [name, value] = first;
  return `${name === 'id' ? collection.replace(/s$/, '') : name}:${String(value)}`;
};

/** Wraps the handler of a route that changes something, so that its first transaction also appends to the trail of changes. */
export const audit = (route: RouteOptions, { clock, operations }: AuditDeps): void => {
  const kind = route.config?.audit ?? (isAuditedByDefault(route) ? 'changes' : 'never');
  if (kind === 'never') return;
  const { handler, schema } = route;
  const action: unknown = Reflect.get(Object(schema), 'operationId');
  route.handler = function (request, reply) {
    const entry = {
      at: clock.now(),
      actor: actorName(request.caller),
      action: typeof action === 'string' ? action : route.url,
      subject: subjectOf(request),
      detail: {},
    };
    return operations.audited(entry, async () => handler.call(this, request, reply), kind === 'always');
  };
};
