import { z } from 'zod';
import { formatInstant } from '#model/base/instant.ts';
import { describeGateways, type GatewayService } from '#registry/gateways.ts';
import { problem } from '#api/problem.ts';
import type { Api, RouteContext } from '#api/route.ts';
import { DeviceId } from '#model/registry/names.ts';
import { RotateBody } from '#registry/schema.ts';
import { AssignBody, GatewayBody, GatewayList, GatewayRevoked, GatewaySecret } from './schema.ts';

const REFUSALS = {
  400: problem('The request is not as described.'),
  401: problem('The operator token is missing or wrong.'),
  404: problem('There is no such gateway or device.'),
  409: problem('It contradicts the registry.'),
};

const COMMON = { tags: ['registry'] };
const CHANGE = { config: { access: 'operate' } } as const;
const params = z.object({ gateway: DeviceId });

/** `/v1/gateways`: network servers that speak for devices. */
// oxlint-disable-next-line max-lines-per-function -- a table of routes
export const gatewayRoutes = (api: Api, { deps }: RouteContext, writer: GatewayService): void => {
  api.route({
    method: 'GET',
    url: '/v1/gateways',
    config: { access: 'read' },
    schema: {
      operationId: 'listGateways',
      summary: 'Registered gateways',
      description: 'Every gateway with its kind, its devices, and the time of its last message, without secrets.',
      tags: ['registry'],
      response: { 200: GatewayList, 401: problem('A read token is needed.') },
    },
    handler: (_request, reply) => {
      reply.header('cache-control', 'no-store');
      return {
        gateways: describeGateways(deps.operations).map(({ lastSeen, devices, ...rest }) => ({
          ...rest,
          devices: [...devices],
          last_seen: lastSeen === undefined ? null : formatInstant(lastSeen),
        })),
      };
    },
  });

  api.route({
    method: 'POST',
    url: '/v1/gateways',
    ...CHANGE,
    schema: {
      ...COMMON,
      operationId: 'addGateway',
      summary: 'Register a gateway',
      description: 'Returns its secret once. The gateway may send for the named devices only.',
      body: GatewayBody,
      response: { 201: GatewaySecret, ...REFUSALS },
    },
    handler: async ({ body: { id, kind, devices, secret } }, reply) => {
      const issued = await writer.add({ id, kind }, devices, secret);
      reply.code(201).header('cache-control', 'no-store');
      return { gateway: issued.device, secret: issued.secret.reveal() };
    },
  });

  api.route({
    method: 'POST',
    url: '/v1/gateways/:gateway/assign',
    ...CHANGE,
    schema: {
      ...COMMON,
      operationId: 'assignDevices',
      summary: 'Set the devices of a gateway',
      description: 'The gateway may send for these devices only, at once, also on open connections.',
      params,
      body: AssignBody,
      response: { 200: AssignBody, ...REFUSALS },
    },
    handler: async ({ params: { gateway }, body }) => {
      await writer.assign(gateway, body.devices);
      return body;
    },
  });

  api.route({
    method: 'POST',
    url: '/v1/gateways/:gateway/rotate',
    ...CHANGE,
    schema: {
      ...COMMON,
      operationId: 'rotateGatewaySecret',
      summary: 'Make a new secret for a gateway',
      description:
        'Returns the new secret once. The earlier one stays valid for 30 days, or until the rotation is finished.',
      params,
      body: RotateBody,
      response: { 200: GatewaySecret, 204: z.null(), ...REFUSALS },
    },
    handler: async ({ params: { gateway }, body }, reply) => {
      reply.header('cache-control', 'no-store');
      if (body?.finish === true) {
        await writer.finishRotation(gateway);
        return reply.code(204).send(null);
      }
      const issued = await writer.rotate(gateway, body?.secret);
      return { gateway: issued.device, secret: issued.secret.reveal() };
    },
  });

  api.route({
    method: 'POST',
    url: '/v1/gateways/:gateway/revoke',
    ...CHANGE,
    schema: {
      ...COMMON,
      operationId: 'revokeGateway',
      summary: 'Revoke a gateway',
      description: 'Invalidates its secrets and closes its connections. Its devices stay registered.',
      params,
      response: { 200: GatewayRevoked, ...REFUSALS },
    },
    handler: async ({ params: { gateway } }) => ({ gateway, connections: await writer.revoke(gateway) }),
  });
};
