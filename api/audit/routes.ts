import type { z } from 'zod';
import { formatInstant } from '#model/base/instant.ts';
import type { AuditEntry } from '#storage/operations/audit.ts';
import type { Operations } from '#storage/operations/operations.ts';
import { nextLink, pageOf, spanParameters } from '#api/page-cursor.ts';
import { problem } from '#api/problem.ts';
import type { Api, RouteContext } from '#api/route.ts';
import { AuditParameters, type EntryDocument, EntryList } from './schema.ts';

/** Writes entries with the present names of the people in them. */
export const entryWriter = (operations: Pick<Operations, 'person'>) => {
  const nameOf = (actor: string): string | null => {
    const id = /^person:(\d+)$/.exec(actor)?.[1];
    return id === undefined ? null : (operations.person(Number(id))?.name ?? null);
  };
  return ({ hash, at, ...entry }: AuditEntry): z.infer<typeof EntryDocument> => ({
    ...entry,
    at: formatInstant(at),
    name: nameOf(entry.actor),
    hash: Buffer.from(hash).toString('hex'),
  });
};

/** `GET /v1/audit` */
export const auditRoute = (api: Api, { deps }: RouteContext): void => {
  api.route({
    method: 'GET',
    url: '/v1/audit',
    config: { access: 'read' },
    schema: {
      operationId: 'listAudit',
      summary: 'The trail of changes',
      description:
        'Every change by a person, a program or the service, newest first; the Link header leads to older ones. ' +
        '"klawing audit verify" checks that no entry was changed.',
      tags: ['people'],
      querystring: AuditParameters,
      response: { 200: EntryList, 400: problem('A parameter is wrong.'), 401: problem('A read token is needed.') },
    },
    handler: ({ query }, reply) => {
      const { actor, action, subject, from, to, before, limit } = query;
      const found = deps.operations.auditEntries({ actor, action, subject, from, to, before, limit: limit + 1 });
      const { page, end } = pageOf(found, limit);
      if (end !== undefined) {
        const span = spanParameters({ from, to });
        reply.header('link', nextLink('/v1/audit', { actor, action, subject, ...span, limit, before: end.number }));
      }
      reply.header('cache-control', 'no-store');
      return { entries: page.map(entryWriter(deps.operations)) };
    },
  });
};
