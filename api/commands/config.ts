import type { z } from 'zod';
import type { ConfigChange, DeviceConfig } from '#model/commands/device-config.ts';
import { formatDuration, seconds } from '#model/base/duration.ts';
import { formatInstant } from '#model/base/instant.ts';
import { recordedName } from '#api/server/caller.ts';
import { problem } from '#api/problem.ts';
import type { RegistryService } from '#registry/service.ts';
import type { Api, RouteContext } from '#api/route.ts';
import { ConfigBody, ConfigDocument, OfDevice } from './schema.ts';

/** Changes in one answer; older ones are not kept. */
const CHANGES = 100;

const shown = ({ interval, ...rest }: DeviceConfig) => ({
  ...(interval === undefined ? {} : { interval: formatDuration(seconds(interval)) }),
  ...rest,
});

const describe = (device: string, changes: readonly ConfigChange[]): z.infer<typeof ConfigDocument> => ({
  device,
  revision: changes[0]?.revision ?? 0,
  config: shown(changes[0]?.config ?? {}),
  changes: changes.map(({ revision, at, by, config }) => ({
    revision,
    at: formatInstant(at),
    by: by ?? null,
    config: shown(config),
  })),
});

/** Adapts the expected reporting interval to the config, because the device would otherwise count as silent. */
const expectEvery = (registry: RegistryService, id: string, interval: number | undefined): Promise<void> =>
  registry.inTurn(async () => {
    const device = registry.device(id);
    if (interval === undefined || device.every.ms === interval * 1_000) return;
    await registry.change([{ kind: 'put-device', device: { ...device, every: seconds(interval) } }]);
  });

/** `GET` and `PUT /v1/devices/{device}/config` */
export const deviceConfigRoutes = (api: Api, { deps }: RouteContext, registry: RegistryService): void => {
  api.route({
    method: 'GET',
    url: '/v1/devices/:device/config',
    config: { access: 'read' },
    schema: {
      operationId: 'getConfig',
      summary: 'Config of a device',
      description: 'The current config, and the earlier ones with the persons who set them.',
      tags: ['commands'],
      params: OfDevice,
      response: {
        200: ConfigDocument,
        401: problem('A read token is needed.'),
        404: problem('There is no such device.'),
      },
    },
    handler: ({ params }, reply) => {
      const { id } = registry.device(params.device);
      reply.header('cache-control', 'no-store');
      return describe(id, deps.operations.configChanges(id, CHANGES));
    },
  });

  api.route({
    method: 'PUT',
    url: '/v1/devices/:device/config',
    config: { access: 'operate' },
    schema: {
      operationId: 'setConfig',
      summary: 'Set the config of a device',
      description:
        'Replaces the earlier config and is published retained under `v1/<device>/config`, so that the device gets it at each subscription. An interval becomes the expected reporting interval of the device as well.',
      tags: ['commands'],
      params: OfDevice,
      body: ConfigBody,
      response: {
        200: ConfigDocument,
        400: problem('The body is not as described.'),
        401: problem('The operator token is missing or wrong.'),
        404: problem('There is no such device.'),
      },
    },
    handler: async (request, reply) => {
      const { params, body } = request;
      const { id } = registry.device(params.device);
      deps.operations.noteAudit({ config: shown(body.config) });
      await deps.commands.configure({ device: id, config: body.config, by: recordedName(request, body.by) });
      await expectEvery(registry, id, body.config.interval);
      reply.header('cache-control', 'no-store');
      return describe(id, deps.operations.configChanges(id, CHANGES));
    },
  });
};
