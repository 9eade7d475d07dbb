import { z } from 'zod';
import { Fault } from '#model/base/fault.ts';
import { formatInstant } from '#model/base/instant.ts';
import { State, StateList } from '#model/registry/state.ts';
import { problem } from '#api/problem.ts';
import type { Api, RouteContext } from '#api/route.ts';
import { FamilyName } from '#model/parameters.ts';
import { StationId } from '#model/registry/names.ts';
import { stationOf } from './routes.ts';

const DESCRIPTION = `The state of every station, by value and not by alert. \`hazard\` is the level that the newest valid value has
crossed, \`assurance\` the reliability of that value, \`system\` the condition of devices and store. A value that failed its
checks is not shown: \`value\` is null, with the \`reason\` and the newest valid value beside it. An unknown or stale state
is never normal. A station with several devices has the state of the worst valid value, and lists each device.`;

/** `GET /v1/state`, `GET /v1/stations/{station}/state` */
export const stateRoutes = (api: Api, { deps }: RouteContext): void => {
  const { operations, clock, states } = deps;

  api.route({
    method: 'GET',
    url: '/v1/state',
    config: { access: 'read' },
    schema: {
      operationId: 'listStates',
      summary: 'The state of every station',
      description: DESCRIPTION,
      tags: ['stations'],
      querystring: z.strictObject({ family: FamilyName.optional() }),
      response: { 200: StateList, 400: problem('A parameter is wrong.'), 401: problem('A read token is needed.') },
    },
    handler: ({ query }, reply) => {
      reply.header('cache-control', 'no-store');
      const found = states.all().filter(({ family }) => query.family === undefined || family === query.family);
      return { at: formatInstant(clock.now()), stations: [...found] };
    },
  });

  api.route({
    method: 'GET',
    url: '/v1/stations/:station/state',
    config: { access: 'read' },
    schema: {
      operationId: 'getState',
      summary: 'The state of one station',
      description: DESCRIPTION,
      tags: ['stations'],
      params: z.object({ station: StationId }),
      response: {
        200: State,
        400: problem('The id is not valid for a station.'),
        401: problem('A read token is needed.'),
        404: problem('There is no such station.'),
      },
    },
    handler: ({ params }, reply) => {
      reply.header('cache-control', 'no-store');
      const { id } = stationOf(operations.registry(), params.station);
      const [state] = states.of([id]);
      if (state === undefined) throw new Fault('NOT_FOUND', `no station is registered as "${id}"`);
      return state;
    },
  });
};
