import type { z } from 'zod';
import { describing } from '#model/base/document.ts';
import { Fault } from '#model/base/fault.ts';
import { RecentRefusal, REFUSAL_CAUSES } from '#model/limits/refusal.ts';
import { problem } from '#api/problem.ts';
import type { Api, RouteContext } from '#api/route.ts';
import { type RefusalDocument, RefusalList, RefusalParameters } from './refusals-schema.ts';

const describe = describing(RecentRefusal);

const documentOf =
  (by: 'mqtt' | 'http') =>
  (refusal: RecentRefusal): z.infer<typeof RefusalDocument> => ({
    ...describe(refusal),
    explanation: REFUSAL_CAUSES[refusal.cause],
    by,
  });

/** The refusals that the broker remembers; undefined while it does not answer. */
const ofBroker = async (
  { broker }: RouteContext['deps'],
  name: string | undefined,
): Promise<readonly RecentRefusal[] | undefined> => {
  try {
    return await broker.refusals(name);
  } catch (error) {
    if (error instanceof Fault && error.retry) return undefined;
    throw error;
  }
};

/** `GET /v1/refusals` */
export const refusalRoute = (api: Api, { deps }: RouteContext): void => {
  api.route({
    method: 'GET',
    url: '/v1/refusals',
    config: { access: 'read' },
    schema: {
      operationId: 'listRefusals',
      summary: 'Why devices are refused',
      description:
        'The newest refused connections, packets and posts since the start of the service, of the last seven days, also of names that are ' +
        'not registered. Equal ones are counted together. They are bounded for each name and each address, and in total.',
      tags: ['registry'],
      querystring: RefusalParameters,
      response: { 200: RefusalList, 400: problem('A parameter is wrong.'), 401: problem('A read token is needed.') },
    },
    handler: async ({ query: { name, registered, limit } }, reply) => {
      reply.header('cache-control', 'no-store');
      const byMqtt = await ofBroker(deps, name);
      const byHttp = name === undefined ? deps.refusedPosts.all() : deps.refusedPosts.of(name);
      const found = [...(byMqtt ?? []).map(documentOf('mqtt')), ...byHttp.map(documentOf('http'))]
        .filter((one) => registered === undefined || String(one.registered) === registered)
        .toSorted((a, b) => (a.at < b.at ? 1 : -1));
      return { refusals: found.slice(0, limit), total: found.length, complete: byMqtt !== undefined };
    },
  });
};
