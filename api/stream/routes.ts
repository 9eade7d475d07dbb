import { z } from 'zod';
import { Fault } from '#model/base/fault.ts';
import { formatHttpDate } from '#model/base/instant.ts';
import { alertFacts } from '#api/alerts/document.ts';
import { type EventStream, startEventStream } from './event-stream.ts';
import type { ApiMetrics } from '#api/server/metrics.ts';
import { problem } from '#api/problem.ts';
import type { Api, RouteContext } from '#api/route.ts';
import { FamilyName } from '#model/parameters.ts';
import { StationId } from '#model/registry/names.ts';

const Events = z.string().meta({
  examples: [
    'id: 1\nevent: reading\ndata: {"station":"bukateja-1","family":"air","device":"aq-bukateja-1","property":"pm2_5","value":38.5,"flag":1,"observed_at":"2026-11-24T03:00:00.000Z","timed_by":"device"}\n\n',
  ],
});

const KINDS = ['reading', 'latest', 'alert', 'state'] as const;

const kindsParameter = z
  .string()
  .meta({ examples: ['latest,alert'] })
  .transform((text, context): readonly (typeof KINDS)[number][] => {
    const kinds = text.split(',').map((part) => KINDS.find((kind) => kind === part));
    if (kinds.every((kind) => kind !== undefined)) return kinds;
    context.addIssue({ code: 'custom', message: `kinds are ${KINDS.join(', ')}, with commas between them` });
    return z.NEVER;
  })
  .meta({ description: 'Kinds of events, separated by commas.', examples: ['latest,alert'] });

const DESCRIPTION = `Server-sent events: \`reading\` for every stored reading; \`latest\` for the newest values, also while the
store is away; \`alert\` for every alert that changes its state or is acknowledged, in the form of \`/v1/alerts\`; \`state\` for
every station whose state changes, also by time alone, in the form of \`/v1/state\`. A comment every 5 seconds keeps the
connection open. A client that does not read is disconnected; events are not repeated.`;

/** `GET /v1/stream` */
// oxlint-disable-next-line max-lines-per-function -- one route with its description
export const streamRoute = (api: Api, { deps, settings }: RouteContext, metrics: ApiMetrics): void => {
  const open = new Set<EventStream>();

  api.addHook('preClose', async () => {
    for (const stream of open) stream.stop();
  });

  api.route({
    method: 'GET',
    url: '/v1/stream',
    exposeHeadRoute: false,
    config: { access: 'read' },
    schema: {
      operationId: 'followEvents',
      summary: 'Live readings, alerts and states',
      description: DESCRIPTION,
      tags: ['readings'],
      querystring: z.strictObject({
        station: StationId.optional(),
        family: FamilyName.optional(),
        event: kindsParameter.optional(),
      }),
      response: {
        200: { description: 'Endless stream of events.', content: { 'text/event-stream': { schema: Events } } },
        400: problem('A parameter is wrong.'),
        401: problem('A read token is needed.'),
        503: problem('The largest number of clients is connected.'),
      },
    },
    handler: (request, reply) => {
      const { station, family, event: kinds } = request.query;
      if (open.size >= settings.maxStreams) {
        throw new Fault('SERVICE_BUSY', `${open.size} clients are connected; try again when one has left`, {
          retry: true,
        });
      }
      reply.hijack();
      reply.raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        date: formatHttpDate(deps.clock.now()),
        // the connection ends with the stream, so that a stopping service need not wait for it
        connection: 'close',
        'x-accel-buffering': 'no',
      });
      const stream = startEventStream(
        reply.raw,
        {
          queue: settings.streamQueue,
          wants: ({ event, data }) =>
            (kinds === undefined || kinds.includes(event)) &&
            (station === undefined || data.station === station) &&
            (family === undefined || data.family === family),
        },
        { ...deps, metrics, alertFacts: () => alertFacts(deps) },
      );
      open.add(stream);
      metrics.streams(open.size);
      reply.raw.once('close', () => {
        open.delete(stream);
        metrics.streams(open.size);
      });
    },
  });
};
