import type { z } from 'zod';
import type { ConfigChange, DeviceConfig } from '#model/commands/device-config.ts';
import { formatDuration, seconds } from '#model/base/duration.ts';
import { formatInstant } from '#model/base/instant.ts';
import { problem } from '#api/problem.ts';
import type { RegistryService } from '#registry/service.ts';
import type { Api, RouteContext } from '#api/route.ts';
import { ConfigBody, ConfigDocument, OfDevice } from './schema.ts';

/** Changes in one answer; more are not remembered. */
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

/** A device that reads less often is expected less often: else it would count as silent. */
const expectEvery = (desk: RegistryService, id: string, interval: number | undefined): Promise<void> =>
  desk.inTurn(async () => {
    const device = desk.device(id);
    if (interval === undefined || device.every.ms === interval * 1_000) return;
    await desk.change([{ kind: 'put-device', device: { ...device, every: seconds(interval) } }]);
  });

/** `GET` and `PUT /v1/devices/{device}/config` */
export const deviceConfigRoutes = (api: Api, { deps }: RouteContext, desk: RegistryService): void => {
  api.route({
    method: 'GET',
    url: '/v1/devices/:device/config',
    config: { access: 'read' },
    schema: {
      operationId: 'getConfig',
      summary: 'What a device is told to do, and who said so',
      description: 'The config in force, and those before it with who set them.',
      tags: ['commands'],
      params: OfDevice,
      response: {
        200: ConfigDocument,
        401: problem('A read token is needed.'),
        404: problem('There is no such device.'),
      },
    },
    handler: ({ params }, reply) => {
      const { id } = desk.device(params.device);
      reply.header('cache-control', 'no-store');
      return describe(id, deps.operations.configChanges(id, CHANGES));
    },
  });

  api.route({
    method: 'PUT',
    url: '/v1/devices/:device/config',
    config: { access: 'change' },
    schema: {
      operationId: 'setConfig',
      summary: 'Tell a device what to do from now on',
      description:
        'Takes the place of the config before and is published retained under `v1/<device>/config`, so that a device gets it whenever it subscribes. With an interval the device is expected that often, too.',
      tags: ['commands'],
      security: [{ operator: [] }],
      params: OfDevice,
      body: ConfigBody,
      response: {
        200: ConfigDocument,
        400: problem('The body is not as described.'),
        401: problem('The operator token is missing or wrong.'),
        404: problem('There is no such device.'),
      },
    },
    handler: async ({ params, body }, reply) => {
      const { id } = desk.device(params.device);
      await deps.commands.configure({ device: id, config: body.config, by: body.by });
      await expectEvery(desk, id, body.config.interval);
      reply.header('cache-control', 'no-store');
      return describe(id, deps.operations.configChanges(id, CHANGES));
    },
  });
};
