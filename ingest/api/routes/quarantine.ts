import { z } from 'zod';
import { FAULTS, Fault } from '#model/fault.ts';
import { formatInstant } from '#model/instant.ts';
import { nextLink } from '#ingest/api/cursor.ts';
import { problem } from '#ingest/api/problem.ts';
import type { Api, RouteContext } from '#ingest/api/route.ts';
import {
  QuarantineDocument,
  QuarantineId,
  QuarantineList,
  QuarantineParameters,
} from '#ingest/api/schemas/quarantine.ts';
import type { QuarantineEntry } from '#ingest/operations/operations.ts';

/** `GET /v1/quarantine`, `GET /v1/quarantine/{id}` */
export const quarantineRoutes = (api: Api, { deps }: RouteContext): void => {
  const { operations } = deps;

  api.route({
    method: 'GET',
    url: '/v1/quarantine',
    config: { access: 'read' },
    schema: {
      operationId: 'listQuarantine',
      summary: 'Refused packets and their reasons',
      description: 'Packets of which at least one part was refused, newest first. The Link header leads to older ones.',
      tags: ['operating'],
      querystring: QuarantineParameters,
      response: { 200: QuarantineList, 400: problem('A parameter is wrong.'), 401: problem('A read token is needed.') },
    },
    handler: ({ query }, reply) => {
      const { device, code, state, from, to, before, limit } = query;
      const found = operations.quarantine({ device, code, state, from, to, before, limit: limit + 1 });
      const page = found.slice(0, limit);
      const last = page.at(-1);
      if (found.length > page.length && last !== undefined) {
        const span = {
          from: from === undefined ? from : formatInstant(from),
          to: to === undefined ? to : formatInstant(to),
        };
        reply.header('link', nextLink('/v1/quarantine', { device, code, state, ...span, limit, before: last.id }));
      }
      reply.header('cache-control', 'no-store');
      return { packets: page.map(describe) };
    },
  });

  api.route({
    method: 'GET',
    url: '/v1/quarantine/:id',
    config: { access: 'read' },
    schema: {
      operationId: 'getQuarantined',
      summary: 'One refused packet with its bytes',
      description:
        'One packet with the reasons of its refused parts and its payload, as text and in hexadecimal digits.',
      tags: ['operating'],
      params: z.object({ id: QuarantineId }),
      response: {
        200: QuarantineDocument,
        400: problem('The id is no whole number.'),
        401: problem('A read token is needed.'),
        404: problem('No packet in quarantine has this id.'),
      },
    },
    handler: ({ params }, reply) => {
      const packet = operations.quarantined(params.id);
      if (packet === undefined) throw new Fault('NOT_FOUND', `no packet in quarantine has the id ${params.id}`);
      reply.header('cache-control', 'no-store');
      return { ...describe(packet), text: textOf(packet.payload), hex: Buffer.from(packet.payload).toString('hex') };
    },
  });
};

const describe = ({ receivedAt, payload, parts, ...packet }: QuarantineEntry) => ({
  ...packet,
  received_at: formatInstant(receivedAt),
  bytes: payload.byteLength,
  parts: parts.map((part) => ({ ...part, title: FAULTS[part.code] })),
});

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const textOf = (payload: Uint8Array): string | null => {
  try {
    return UTF8.decode(payload);
  } catch {
    return null;
  }
};
