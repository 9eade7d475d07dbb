import { z } from 'zod';
import { Fault } from '#model/base/fault.ts';
import type { Registry } from '#model/registry/registry.ts';
import type { Station } from '#model/registry/station.ts';
import { problem } from '#api/problem.ts';
import type { Api, RouteContext } from '#api/route.ts';
import { FamilyName } from '#model/parameters.ts';
import { StationId } from '#model/registry/names.ts';
import { LatestList, StationDetail, StationList } from './schema.ts';
import { factsOf, factsOfStation, newestOf } from '#state/overview.ts';
import { lastValue, stateOfStation, stationStates } from './document.ts';
import { stationProperties } from './properties.ts';

/** The station with this id. @throws Fault `NOT_FOUND` */
export const stationOf = (registry: Registry, id: string): Station => {
  const station = registry.stations.get(id);
  if (station !== undefined) return station;
  throw new Fault(
    'NOT_FOUND',
    `no station is registered as "${id}"; "klawing station list" or GET /v1/stations lists them`,
  );
};

/** `GET /v1/stations`, `GET /v1/stations/{station}`, `GET /v1/latest` */
// oxlint-disable-next-line max-lines-per-function -- a table of routes
export const stationRoutes = (api: Api, { deps, settings }: RouteContext): void => {
  const { operations, clock } = deps;

  api.route({
    method: 'GET',
    url: '/v1/stations',
    config: { access: 'read' },
    schema: {
      operationId: 'listStations',
      summary: 'Stations with their newest values',
      description: 'The registry with last values, flags, presence and silence of every station.',
      tags: ['stations'],
      querystring: z.strictObject({ family: FamilyName.optional() }),
      response: { 200: StationList, 400: problem('A parameter is wrong.'), 401: problem('A read token is needed.') },
    },
    handler: ({ query }, reply) => {
      reply.header('cache-control', 'no-store');
      const states = stationStates(factsOf(deps, settings.silenceGrace));
      return { stations: states.filter(({ family }) => query.family === undefined || family === query.family) };
    },
  });

  api.route({
    method: 'GET',
    url: '/v1/stations/:station',
    config: { access: 'read' },
    schema: {
      operationId: 'getStation',
      summary: 'One station with its newest values',
      description: 'One station with last values, flags, presence, silence, its properties and their levels.',
      tags: ['stations'],
      params: z.object({ station: StationId }),
      response: {
        200: StationDetail,
        400: problem('The id is not valid for a station.'),
        401: problem('A read token is needed.'),
        404: problem('There is no such station.'),
      },
    },
    handler: ({ params }, reply) => {
      reply.header('cache-control', 'no-store');
      const station = stationOf(operations.registry(), params.station);
      const properties = stationProperties(station);
      const facts = factsOfStation(deps, settings.silenceGrace, station.id);
      return { ...stateOfStation(facts, station), properties };
    },
  });

  api.route({
    method: 'GET',
    url: '/v1/latest',
    config: { access: 'read' },
    schema: {
      operationId: 'listLatest',
      summary: 'Newest values of all stations',
      description:
        'The newest value of every property of every station, from the alerting reader: also while the store is away.',
      tags: ['readings'],
      querystring: z.strictObject({ family: FamilyName.optional() }),
      response: { 200: LatestList, 400: problem('A parameter is wrong.'), 401: problem('A read token is needed.') },
    },
    handler: ({ query }, reply) => {
      reply.header('cache-control', 'no-store');
      const now = clock.now();
      const wanted = newestOf(operations.latest()).filter(
        ({ family }) => query.family === undefined || family === query.family,
      );
      return {
        values: wanted.map((value) => ({
          station: value.station,
          family: value.family,
          ...lastValue(value, now),
        })),
      };
    },
  });
};
