import { z } from 'zod';
import { Silence } from '#model/alerts/alert.ts';
import { Fault } from '#model/base/fault.ts';
import { describing } from '#model/base/document.ts';
import { formatInstant, type Instant } from '#model/base/instant.ts';
import { recordedName } from '#api/server/caller.ts';
import { problem } from '#api/problem.ts';
import type { Api, RouteContext } from '#api/route.ts';
import { ChannelName, ChannelTest, SilenceBody, SilenceId, SilenceList, SilenceSchema } from './schema.ts';

const COMMON = { tags: ['alerts'] };

const REFUSALS = {
  400: problem('The request is not as described.'),
  401: problem('The operator token is missing or wrong.'),
};

/** Checks a body: it has exactly one end, in the future, and a station, a rule or both. */
const silenceFrom = (body: SilenceBody, by: string | undefined, now: Instant): Omit<Silence, 'id'> => {
  const { station, rule, reason } = body;
  if (station === undefined && rule === undefined) {
    throw new Fault('REQUEST_INVALID', 'name a station, a rule or both; for example "station": "PBG-R03"');
  }
  if ((body.until === undefined) === (body.for === undefined)) {
    throw new Fault('REQUEST_INVALID', 'give either "until" or "for"; for example "for": "2h"');
  }
  const until = body.until ?? now + (body.for?.ms ?? 0);
  if (until <= now) throw new Fault('REQUEST_INVALID', '"until" lies in the past; give a later time');
  return { station, rule, from: now, until, reason, by };
};

const describe = describing(Silence);

/** `GET /v1/silences`, `POST /v1/silences`, `DELETE /v1/silences/{id}` */
export const silenceRoutes = (api: Api, { deps }: RouteContext): void => {
  const { operations, clock } = deps;

  api.route({
    method: 'GET',
    url: '/v1/silences',
    config: { access: 'read' },
    schema: {
      operationId: 'listSilences',
      summary: 'Silences that have not ended',
      description: 'Silences with end and reason.',
      tags: ['alerts'],
      response: { 200: SilenceList, 401: problem('A read token is needed.') },
    },
    handler: (_request, reply) => {
      reply.header('cache-control', 'no-store');
      return { silences: operations.silences(clock.now()).map(describe) };
    },
  });

  api.route({
    method: 'POST',
    url: '/v1/silences',
    config: { access: 'respond' },
    schema: {
      ...COMMON,
      operationId: 'addSilence',
      summary: 'Mute alerts for a time',
      description:
        'Mutes alerts of a station, of a rule, or of a rule at a station. Alerts that fire at its end are sent then.',
      body: SilenceBody,
      response: { 201: SilenceSchema, ...REFUSALS },
    },
    handler: async (request, reply) => {
      const { body } = request;
      const silence = silenceFrom(body, recordedName(request, body.by), clock.now());
      operations.noteAudit({ station: silence.station, rule: silence.rule, until: formatInstant(silence.until) });
      return reply.code(201).send(describe(await operations.addSilence(silence)));
    },
  });

  api.route({
    method: 'DELETE',
    url: '/v1/silences/:id',
    config: { access: 'respond' },
    schema: {
      ...COMMON,
      operationId: 'removeSilence',
      summary: 'End a silence',
      description: 'Removes a silence and returns it.',
      params: z.object({ id: SilenceId }),
      response: { 200: SilenceSchema, ...REFUSALS, 404: problem('There is no such silence.') },
    },
    handler: async ({ params }) => {
      const silence = await operations.removeSilence(params.id);
      if (silence === undefined) throw new Fault('NOT_FOUND', `no silence has the id ${params.id}`);
      return describe(silence);
    },
  });
};

/** `POST /v1/channels/{channel}/test` */
export const channelRoute = (api: Api, { deps }: RouteContext): void => {
  api.route({
    method: 'POST',
    url: '/v1/channels/:channel/test',
    config: { access: 'operate', audit: 'always' },
    schema: {
      ...COMMON,
      operationId: 'testChannel',
      summary: 'Send a test message',
      description: 'Sends a test message to every recipient of a channel, and returns the results.',
      params: z.object({ channel: ChannelName }),
      response: { 200: ChannelTest, ...REFUSALS, 404: problem('There is no such channel.') },
    },
    handler: async ({ params }) => {
      const outcomes = await deps.channels.test(params.channel);
      return { channel: params.channel, outcomes: outcomes.map((of) => ({ ...of, error: of.error ?? null })) };
    },
  });
};
