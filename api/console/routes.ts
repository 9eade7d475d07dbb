import { problem } from '#api/problem.ts';
import type { Api, RouteContext } from '#api/route.ts';
import { ConsoleSettings } from './schema.ts';

/** `GET /v1/console` */
export const consoleRoute = (api: Api, { settings }: RouteContext, version: string): void => {
  const answer: ConsoleSettings = {
    version,
    language: settings.language ?? 'id',
    palette: settings.palette,
    tiles_url: settings.tilesUrl ?? null,
    tiles_attribution: settings.tilesAttribution ?? null,
  };

  api.route({
    method: 'GET',
    url: '/v1/console',
    config: { access: 'public' },
    schema: {
      operationId: 'getConsoleSettings',
      summary: 'Settings of the console',
      description: 'Default language of the console, the colours of its levels, and the tiles of its map.',
      tags: ['operating'],
      response: { 200: ConsoleSettings, 400: problem('A parameter is wrong.') },
    },
    handler: (_request, reply) => {
      reply.header('cache-control', 'no-cache');
      return answer;
    },
  });
};
