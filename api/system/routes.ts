import { z } from 'zod';
import { Fault } from '#model/base/fault.ts';
import { formatInstant } from '#model/base/instant.ts';
import type { ApiMetrics } from '#api/server/metrics.ts';
import { problem } from '#api/problem.ts';
import { makeReadiness } from './readiness.ts';
import type { Api, RouteContext } from '#api/route.ts';
import { Readiness } from './schema.ts';

const Alive = z.object({ status: z.literal('alive') }).meta({ examples: [{ status: 'alive' as const }] });

const Metrics = z.string().meta({ examples: ['klawing_api_streams 1\n'] });

/** `GET /healthz`, `GET /readyz`, `GET /metrics` */
// oxlint-disable-next-line max-lines-per-function -- a table of routes
export const healthRoutes = (api: Api, { deps }: RouteContext, metrics: ApiMetrics): void => {
  const readiness = makeReadiness(deps);

  api.route({
    method: 'GET',
    url: '/healthz',
    config: { access: 'public' },
    schema: {
      operationId: 'isAlive',
      summary: 'Alive',
      description: 'Answers 200 while the process runs.',
      tags: ['operating'],
      response: { 200: Alive },
    },
    handler: () => ({ status: 'alive' as const }),
  });

  api.route({
    method: 'GET',
    url: '/readyz',
    config: { access: 'public' },
    schema: {
      operationId: 'isReady',
      summary: 'Able to accept and to store',
      description:
        'Answers 200 when every part works, else 503. Each part is named, with its fault and the start of it.',
      tags: ['operating'],
      response: { 200: Readiness, 503: Readiness },
    },
    handler: async (_request, reply) => {
      const found = await readiness();
      const ready = found.every(({ fault }) => fault === undefined);
      const { storing, alerting } = deps.pipeline.state();
      return reply
        .code(ready ? 200 : 503)
        .header('cache-control', 'no-store')
        .send({
          ready,
          dependencies: found.map(({ name, fault, since }) => ({
            name,
            ready: fault === undefined,
            ...(fault === undefined ? {} : { code: fault.code, detail: fault.detail }),
            ...(since === undefined ? {} : { since: formatInstant(since) }),
          })),
          ...(storing === undefined ? {} : { storing }),
          ...(alerting === undefined ? {} : { alerting }),
        });
    },
  });

  api.route({
    method: 'GET',
    url: '/metrics',
    config: { access: 'read' },
    schema: {
      operationId: 'readMetrics',
      summary: 'Metrics for Prometheus',
      description: 'Metrics of the API, of ingest and, while it is reachable, of the broker (`klawing_broker_up`).',
      tags: ['operating'],
      response: {
        200: { description: 'Prometheus text.', content: { 'text/plain': { schema: Metrics } } },
        401: problem('A read token is needed.'),
      },
    },
    handler: async (_request, reply) => {
      const broker = await deps.broker.metrics().catch((error: unknown) => {
        if (error instanceof Fault) return undefined;
        throw error;
      });
      const up = `# HELP klawing_broker_up Whether the broker answered\n# TYPE klawing_broker_up gauge\nklawing_broker_up ${broker === undefined ? 0 : 1}\n`;
      const texts = [await metrics.text(), await deps.metrics(), up, broker ?? ''];
      return reply
        .type('text/plain; version=0.0.4; charset=utf-8')
        .header('cache-control', 'no-store')
        .send(
          texts
            .filter((text) => text !== '')
            .map((text) => `${text.trimEnd()}\n`)
            .join(''),
        );
    },
  });
};
