import { z } from 'zod';
import { FAULTS, Fault } from '#model/base/fault.ts';
import { describing } from '#model/base/document.ts';
import { recordedName } from '#api/server/caller.ts';
import { nextLink, pageOf, spanParameters } from '#api/page-cursor.ts';
import { problem } from '#api/problem.ts';
import type { Api, RouteContext } from '#api/route.ts';
import {
  DiscardAnswer,
  DiscardRequest,
  QuarantineDocument,
  QuarantineId,
  QuarantineList,
  QuarantineParameters,
  QuarantineReplayLine,
  ReplayRequest,
  SHOWN_PACKET,
} from './schema.ts';
import { answerWithProgress, progressResponse } from '#api/progress-stream.ts';
import { type QuarantineEntry, QuarantineEvent } from '#model/readings/quarantined-packet.ts';
import type { ReplayProgress } from '#ingest/replay/replayer.ts';

/** `GET /v1/quarantine`, `GET /v1/quarantine/{id}`, `POST /v1/quarantine/replay`, `POST /v1/quarantine/discard` */
// oxlint-disable-next-line max-lines-per-function -- a table of routes
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
      const { page, end } = pageOf(found, limit);
      if (end !== undefined) {
        const span = spanParameters({ from, to });
        reply.header('link', nextLink('/v1/quarantine', { device, code, state, ...span, limit, before: end.id }));
      }
      reply.header('cache-control', 'no-store');
      return {
        packets: page.map(({ bytes, preview, last: event, ...packet }) => ({
          ...describe(packet),
          last: event === undefined ? null : describeEvent(event),
          bytes,
          preview: Buffer.from(preview).toString('utf8'),
        })),
      };
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
        400: problem('The id is not a whole number.'),
        401: problem('A read token is needed.'),
        404: problem('No packet in quarantine has this id.'),
      },
    },
    handler: ({ params }, reply) => {
      const packet = operations.quarantined(params.id);
      if (packet === undefined) throw notThere(params.id);
      reply.header('cache-control', 'no-store');
      const { payload, ...envelope } = packet;
      return {
        ...describe(envelope),
        bytes: payload.byteLength,
        text: textOf(payload),
        hex: Buffer.from(payload).toString('hex'),
        history: operations.quarantineEvents(params.id).map(describeEvent),
      };
    },
  });
  replayRoute(api, deps);
  discardRoute(api, deps);
};

const notThere = (id: number): Fault => {
  const removed = 'closed ones are removed after ingest.keepClosedQuarantine, with a line in the log';
  return new Fault('NOT_FOUND', `no packet in quarantine has the id ${id}; ${removed}`);
};

/** Name of a person who gives none. */
const OPERATOR = 'operator';

const REPLAY = `Runs open packets through the pipeline again, oldest first, with the present registry and codecs. Accepted
readings are stored and counted in the hour of the packet's arrival; refused packets stay open. A packet that was replayed or
discarded is not run again, so a second replay changes nothing. The answer shows the sums so far, and the final sums in the
last line (or \`code\` and \`detail\` when it fails; finished packets stay replayed).`;

type ReplayLine = z.infer<typeof QuarantineReplayLine>;

const progressLine = ({ taken, packets, refusedAgain, ...readings }: ReplayProgress): ReplayLine => ({
  taken,
  replayed: packets,
  refused_again: refusedAgain,
  ...readings,
});

/** `POST /v1/quarantine/replay` */
const replayRoute = (api: Api, { clock, log, operations, replayer }: RouteContext['deps']): void => {
  api.route({
    method: 'POST',
    url: '/v1/quarantine/replay',
    config: { access: 'operate' },
    schema: {
      operationId: 'replayQuarantine',
      summary: 'Run refused packets again',
      description: REPLAY,
      tags: ['operating'],
      body: ReplayRequest,
      response: {
        200: progressResponse('Progress, then the sums.', QuarantineReplayLine),
        400: problem('No packets are selected, or a member is wrong.'),
        401: problem('The operator token is needed.'),
      },
    },
    handler: (request, reply) => {
      const { shift, profiles, ids, device, code, from, to } = request.body;
      const by = recordedName(request, request.body.by) ?? OPERATOR;
      operations.noteAudit({ ids, device, code });
      return answerWithProgress<ReplayLine>(reply, { clock, log }, async (report, signal) => {
        const onProgress = (progress: ReplayProgress): void => report(progressLine(progress));
        return progressLine(
          await replayer.quarantined({ ids, device, code, from, to }, { shift, profiles, by }, onProgress, signal),
        );
      });
    },
  });
};

/** `POST /v1/quarantine/discard` */
const discardRoute = (api: Api, { operations, replayer }: RouteContext['deps']): void => {
  api.route({
    method: 'POST',
    url: '/v1/quarantine/discard',
    config: { access: 'operate' },
    schema: {
      operationId: 'discardQuarantined',
      summary: 'Discard refused packets',
      description:
        'Closes open packets without storing anything of them. The ledger counts them as discarded in the hour of their ' +
        'arrival. Each packet keeps the reason, and its bytes until closed packets are removed.',
      tags: ['operating'],
      body: DiscardRequest,
      response: {
        200: DiscardAnswer,
        400: problem('No packets are selected, or the reason is missing.'),
        401: problem('The operator token is needed.'),
      },
    },
    handler: async (request) => {
      const { reason, ids, device, code, from, to } = request.body;
      const by = recordedName(request, request.body.by) ?? OPERATOR;
      operations.noteAudit({ ids, device, code });
      return { discarded: await replayer.discard({ ids, device, code, from, to }, { reason, by }) };
    },
  });
};

const describeEvent = describing(QuarantineEvent);

const describePacket = describing(SHOWN_PACKET);

const describe = (packet: Omit<QuarantineEntry, 'payload'>) => ({
  ...describePacket(packet),
  parts: packet.parts.map((part) => ({ ...part, title: FAULTS[part.code].title })),
});

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const textOf = (payload: Uint8Array): string | null => {
  try {
    return UTF8.decode(payload);
  } catch {
    return null;
  }
};
