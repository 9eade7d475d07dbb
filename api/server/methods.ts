import type { FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '#model/base/fault.ts';
import { answerFault } from '#api/problem.ts';
import type { Api } from '#api/route.ts';

/**
 * Answers requests without a route: 405 with Allow when the path has other methods, else 404. It knows the routes that are
 * registered after it.
 */
export const answerUnknown = (api: Api): void => {
  const known: { readonly path: RegExp; readonly methods: readonly string[] }[] = [];
  api.addHook('onRoute', ({ url, method }) => {
    known.push({ path: patternOf(url), methods: [method].flat() });
  });

  api.setNotFoundHandler((request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.split('?')[0] ?? '';
    const methods = new Set(known.filter((route) => route.path.test(path)).flatMap((route) => route.methods));
    if (methods.size === 0) {
      return answerFault(request, reply, new Fault('NOT_FOUND', `nothing answers at ${path}; /docs lists the routes`));
    }
    const allowed = [...methods].join(', ');
    reply.header('allow', allowed);
    const fault = new Fault('REQUEST_INVALID', `${path} does not take ${request.method}; it takes ${allowed}`);
    return answerFault(request, reply, fault, 405);
  });
};

/** Pattern of a route's path: `:name` stands for one level, `*` for all further ones. */
const patternOf = (url: string): RegExp =>
  new RegExp(
    `^${url
      .replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll(/:\w+/g, '[^/]+')
      .replaceAll('*', '.*')}$`,
  );
