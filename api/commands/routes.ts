import type { z } from 'zod';
import type { Command } from '#model/commands/command.ts';
import { Fault } from '#model/base/fault.ts';
import { describing } from '#model/base/document.ts';
import { parseJson } from '#model/base/parse-json.ts';
import { recordedName } from '#api/server/caller.ts';
import { nextLink, pageOf } from '#api/page-cursor.ts';
import { problem } from '#api/problem.ts';
import type { RegistryService } from '#registry/service.ts';
import type { Api, RouteContext } from '#api/route.ts';
import {
  CommandBody,
  CommandDocument,
  CommandList,
  CommandParameters,
  OfCommand,
  OfDevice,
  SHOWN_COMMAND,
} from './schema.ts';

const NO_DEVICE = problem('There is no such device.');

/** Most levels of JSON. A deeper answer is given as text, because JSON.stringify recurses at each level and overflows the stack. */
const DEEPEST = 32;

const isWithin = (levels: number, value: unknown): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (levels > 0 && Object.values(value).every((member) => isWithin(levels - 1, member)));

const replyOf = (reply: Uint8Array | undefined): unknown => {
  if (reply === undefined) return null;
  const text = Buffer.from(reply).toString('utf8');
  const given = parseJson(text) ?? text;
  return isWithin(DEEPEST, given) ? given : text;
};

const describeShown = describing(SHOWN_COMMAND);

const describe = (command: Command): z.infer<typeof CommandDocument> => ({
  ...describeShown(command),
  reply: replyOf(command.reply),
});

/** `GET /v1/devices/{device}/commands`, and one of them. */
const readRoutes = (api: Api, { deps }: RouteContext): void => {
  api.route({
    method: 'GET',
    url: '/v1/devices/:device/commands',
    config: { access: 'read' },
    schema: {
      operationId: 'listCommands',
      summary: 'Commands to a device, with their results',
      description: 'Newest first, with the sender and the answer of the device. The Link header leads to older ones.',
      tags: ['commands'],
      params: OfDevice,
      querystring: CommandParameters,
      response: { 200: CommandList, 400: problem('A parameter is wrong.'), 401: problem('A read token is needed.') },
    },
    handler: ({ params: { device }, query: { state, before, limit } }, reply) => {
      const found = deps.operations.commands({ device, state, before, limit: limit + 1 });
      const { page, end } = pageOf(found, limit);
      if (end !== undefined) {
        reply.header('link', nextLink(`/v1/devices/${device}/commands`, { state, limit, before: end.number }));
      }
      reply.header('cache-control', 'no-store');
      return { commands: page.map(describe) };
    },
  });

  api.route({
    method: 'GET',
    url: '/v1/devices/:device/commands/:command',
    config: { access: 'read' },
    schema: {
      operationId: 'getCommand',
      summary: 'One command',
      description: 'One command to a device, with its result.',
      tags: ['commands'],
      params: OfCommand,
      response: {
        200: CommandDocument,
        401: problem('A read token is needed.'),
        404: problem('There is no such command.'),
      },
    },
    handler: ({ params: { device, command: id } }, reply) => {
      const command = deps.operations.command(device, id);
      if (command === undefined) throw new Fault('NOT_FOUND', `${device} has no command "${id}"`);
      reply.header('cache-control', 'no-store');
      return describe(command);
    },
  });
};

/** `/v1/devices/{device}/commands` and below. */
export const commandRoutes = (api: Api, context: RouteContext, registry: RegistryService): void => {
  readRoutes(api, context);

  api.route({
    method: 'POST',
    url: '/v1/devices/:device/commands',
    config: { access: 'operate' },
    schema: {
      operationId: 'sendCommand',
      summary: 'Send a command to a device',
      description:
        'Stores the command and sends it under `v1/<device>/commands/<id>`. A device with a persistent session gets it when it wakes up, unless the command has expired by then. The state of the command holds the answer.',
      tags: ['commands'],
      params: OfDevice,
      body: CommandBody,
      response: {
        202: CommandDocument,
        400: problem('The body is not as described.'),
        401: problem('The operator token is missing or wrong.'),
        404: NO_DEVICE,
        503: problem('32 commands to this device wait for their answer.'),
      },
    },
    handler: async (request, reply) => {
      const { params, body } = request;
      const { id, revoked } = registry.device(params.device);
      if (revoked) throw new Fault('REQUEST_INVALID', `device ${id} is revoked and cannot connect; add it again first`);
      const { name, within } = body;
      const by = recordedName(request, body.by);
      context.deps.operations.noteAudit({ name });
      const command = await context.deps.commands.send({ device: id, name, arguments: body.arguments, within, by });
      return reply
        .code(202)
        .header('location', `/v1/devices/${id}/commands/${command.id}`)
        .header('cache-control', 'no-store')
        .send(describe(command));
    },
  });
};
