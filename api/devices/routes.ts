import { z } from 'zod';
import { describing } from '#model/base/document.ts';
import { Fault } from '#model/base/fault.ts';
import { Device } from '#model/registry/device.ts';
import { problem } from '#api/problem.ts';
import type { Issued } from '#registry/service.ts';
import type { RegistryChanges } from '#registry/apply.ts';
import type { Api, RouteContext } from '#api/route.ts';
import { DeviceId } from '#model/registry/names.ts';
import {
  DeviceBatch,
  DeviceBody,
  DeviceDocument,
  DeviceList,
  DeviceMove,
  DevicePatch,
  DeviceSecret,
  DeviceSecrets,
  Revoked,
  RotateBody,
} from '#registry/schema.ts';

const REFUSALS = {
  400: problem('The request is not as described.'),
  401: problem('The operator token is missing or wrong.'),
  409: problem('It contradicts the registry.'),
};

const OF_ONE = { ...REFUSALS, 404: problem('There is no such device.') };

const COMMON = { tags: ['registry'] };

/** The secret in an answer, this one time. */
export const secretOf = ({ device, secret }: Issued): z.infer<typeof DeviceSecret> => ({
  device,
  secret: secret.reveal(),
});

/** The routes that add devices: one, or many at once. */
const addRoutes = (api: Api, writer: RegistryChanges): void => {
  api.route({
    method: 'POST',
    url: '/v1/devices',
    config: { access: 'operate' },
    schema: {
      ...COMMON,
      operationId: 'addDevice',
      summary: 'Register a device',
      description:
        'Returns the secret, this one time. A device that exists is refused, unless it is the same and its secret is given.',
      body: DeviceBody,
      response: { 201: DeviceSecret, ...REFUSALS },
    },
    handler: async ({ body }, reply) => {
      const [issued] = await writer.addDevices([body]);
      if (issued === undefined) throw new Error('a device was added without a secret');
      return reply.code(201).header('cache-control', 'no-store').send(secretOf(issued));
    },
  });

  api.route({
    method: 'POST',
    url: '/v1/devices/batch',
    config: { access: 'operate' },
    schema: {
      ...COMMON,
      operationId: 'addDevices',
      summary: 'Register many devices',
      description:
        'Registers up to 1,000 devices in one transaction, all or none, and returns their secrets, this one time.',
      body: DeviceBatch,
      response: { 201: DeviceSecrets, ...REFUSALS },
    },
    handler: async ({ body }, reply) => {
      const issued = await writer.addDevices(body.devices);
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ devices: issued.map(secretOf) });
    },
  });
};

/** `GET /v1/devices/{device}` */
const readRoute = (api: Api, { deps }: RouteContext): void => {
  api.route({
    method: 'GET',
    url: '/v1/devices/:device',
    config: { access: 'read' },
    schema: {
      operationId: 'getDevice',
      summary: 'One registered device',
      description: 'A device with its settings and the stations it was assigned to. Never a secret.',
      tags: ['registry'],
      params: z.object({ device: DeviceId }),
      response: {
        200: DeviceDocument,
        401: problem('A read token is needed.'),
        404: problem('There is no such device.'),
      },
    },
    handler: ({ params }, reply) => {
      reply.header('cache-control', 'no-store');
      const device = deps.operations.registry().devices.get(params.device);
      if (device !== undefined) return describe(device);
      throw new Fault(
        'NOT_FOUND',
        `no device is registered as "${params.device}"; "klawing device list" or GET /v1/devices lists them`,
      );
    },
  });
};

/** `/v1/devices` and below, without import, commands and configs. */
// oxlint-disable-next-line max-lines-per-function -- a table of routes
export const deviceRoutes = (api: Api, context: RouteContext, writer: RegistryChanges): void => {
  const { deps } = context;
  api.route({
    method: 'GET',
    url: '/v1/devices',
    config: { access: 'read' },
    schema: {
      operationId: 'listDevices',
      summary: 'Registered devices',
      description: 'Every device with its codec, its fields and the stations it was assigned to, without secrets.',
      tags: ['registry'],
      response: { 200: DeviceList, 401: problem('A read token is needed.') },
    },
    handler: (_request, reply) => {
      reply.header('cache-control', 'no-store');
      return { devices: [...deps.operations.registry().devices.values()].map(describe) };
    },
  });

  readRoute(api, context);
  addRoutes(api, writer);

  api.route({
    method: 'PATCH',
    url: '/v1/devices/:device',
    config: { access: 'operate' },
    schema: {
      ...COMMON,
      operationId: 'changeDevice',
      summary: 'Change a device',
      description:
        'How often it reports, how long it may be silent, its codec, how its network server calls and reaches it, and what its ' +
        'fields are called; the rest stays. ' +
        'It applies to later readings; replay earlier packets from the quarantine.',
      params: z.object({ device: DeviceId }),
      body: DevicePatch,
      response: { 200: DeviceDocument, ...OF_ONE },
    },
    handler: async ({ params, body }) => describe(await writer.patch(params.device, body)),
  });

  api.route({
    method: 'POST',
    url: '/v1/devices/:device/move',
    config: { access: 'operate' },
    schema: {
      ...COMMON,
      operationId: 'moveDevice',
      summary: 'Move a device to another station',
      description:
        'From an instant on the device stands at the station, until the next date that is registered. A reading belongs to the station at the ' +
        'time of its observation; readings that are stored already stay at theirs.',
      params: z.object({ device: DeviceId }),
      body: DeviceMove,
      response: { 200: DeviceDocument, ...OF_ONE },
    },
    handler: async ({ params, body }) => describe(await writer.move(params.device, body)),
  });

  api.route({
    method: 'POST',
    url: '/v1/devices/:device/rotate',
    config: { access: 'operate' },
    schema: {
      ...COMMON,
      operationId: 'rotateSecret',
      summary: 'Make a new secret for a device',
      description:
        'Returns the new secret, this one time. The earlier one stays valid for 30 days, or until the rotation is finished.',
      params: z.object({ device: DeviceId }),
      body: RotateBody,
      response: { 200: DeviceSecret, 204: z.null(), ...OF_ONE },
    },
    handler: async ({ params, body }, reply) => {
      reply.header('cache-control', 'no-store');
      if (body?.finish === true) {
        await writer.finishRotation(params.device);
        return reply.code(204).send(null);
      }
      return secretOf(await writer.rotate(params.device, body?.secret));
    },
  });

  api.route({
    method: 'POST',
    url: '/v1/devices/:device/revoke',
    config: { access: 'operate' },
    schema: {
      ...COMMON,
      operationId: 'revokeDevice',
      summary: 'Revoke a device',
      description: 'Invalidates its secrets and closes its connections. Its readings stay.',
      params: z.object({ device: DeviceId }),
      response: { 200: Revoked, ...OF_ONE },
    },
    handler: async ({ params }) => ({ device: params.device, connections: await writer.revoke(params.device) }),
  });
};

const describe = describing(Device);
