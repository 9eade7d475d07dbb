import { Fault } from '#model/base/fault.ts';
import { nextLink } from '#api/page-cursor.ts';
import { fleetOf, withValues } from './fleet.ts';
import { problem } from '#api/problem.ts';
import type { Api, RouteContext } from '#api/route.ts';
import { FleetList, FleetParameters } from './schema.ts';
import { factsOfDevices } from '#state/overview.ts';

/** `GET /v1/fleet` */
export const fleetRoutes = (api: Api, { deps, settings }: RouteContext): void => {
  api.route({
    method: 'GET',
    url: '/v1/fleet',
    config: { access: 'read' },
    schema: {
      operationId: 'listFleet',
      summary: 'Condition of every device',
      description:
        'Presence, silence with its cause, age of the last value, battery, signal and clock of every device.',
      tags: ['stations'],
      querystring: FleetParameters,
      response: { 200: FleetList, 400: problem('A parameter is wrong.'), 401: problem('A read token is needed.') },
    },
    handler: ({ query }, reply) => {
      reply.header('cache-control', 'no-store');
      const { limit, after, ...wanted } = query;
      const facts = factsOfDevices(deps, settings.silenceGrace);
      const fleet = fleetOf(facts, wanted, deps.operations);
      const at = after === undefined ? 0 : fleet.findIndex(({ id }) => id === after) + 1;
      if (after !== undefined && at === 0) {
        throw new Fault(
          'REQUEST_INVALID',
          `query parameter "after": ${after} is not in this list any more; start with the first page`,
        );
      }
      const devices = withValues(fleet.slice(at, at + limit), facts, deps.operations);
      const next = at + limit < fleet.length ? (devices.at(-1)?.id ?? null) : null;
      if (next !== null) reply.header('link', nextLink('/v1/fleet', { ...query, after: next }));
      return {
        devices: [...devices],
        total: fleet.length,
        silent: fleet.filter((device) => device.silent).length,
        next,
      };
    },
  });
};
