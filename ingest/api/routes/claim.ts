import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { days } from '#model/duration.ts';
import { Fault } from '#model/fault.ts';
import { formatInstant } from '#model/instant.ts';
import { isFromHere } from '#ingest/api/access.ts';
import { makeClaimTries } from '#ingest/api/claim-tries.ts';
import type { ClaimWriter } from '#ingest/api/claim-writer.ts';
import { answerFault, problem } from '#ingest/api/problem.ts';
import type { Api, RouteContext } from '#ingest/api/route.ts';
import { ClaimBody, ClaimCode, ClaimCodeBody, Claimed } from '#ingest/api/schemas/claim.ts';
import { DeviceId } from '#ingest/api/schemas/common.ts';

const DEFAULT_VALID = days(90);

/** Codes on boxes: making one, and exchanging it for a secret. */
export const claimRoutes = (api: Api, { deps }: RouteContext, writer: ClaimWriter): void => {
  const tries = makeClaimTries(deps.clock);

  api.route({
    method: 'POST',
    url: '/v1/claim',
    config: { access: 'public' },
    schema: {
      operationId: 'claim',
      summary: 'Exchange a claim code for a secret',
      description:
        'What a box does with the code of its label, once: it gets its name, its own secret and where to connect. Over TLS only, or from this machine. A wrong, a used and an old code are answered alike.',
      tags: ['registry'],
      security: [],
      body: ClaimBody,
      response: {
        200: Claimed,
        400: problem('The body is not as described.'),
        403: problem('The code is wrong, used or out of date, or the request came unencrypted.'),
        429: problem('Too many tries.'),
      },
    },
    handler: async (request, reply) => {
      const address = addressOf(request);
      const tell = (outcome: string, device?: string): void =>
        deps.log.info('claim', { address, outcome, ...(device === undefined ? {} : { device }) });
      if (!isConfidential(request)) {
        tell('unencrypted');
        const fault = new Fault('TLS_REQUIRED', 'the answer holds a secret; ask again over https');
        return answerFault(request, reply, fault, 403);
      }
      const wait = tries.begin(networkOf(address));
      if (wait !== undefined) {
        tell('limited');
        reply.header('retry-after', String(Math.ceil(wait.ms / 1_000)));
        return answerFault(request, reply, new Fault('CLAIM_LIMITED', 'try again later'), 429);
      }
      try {
        const { device, secret } = await writer.take(request.body.code);
        tries.succeeded(networkOf(address));
        tell('claimed', device);
        reply.header('cache-control', 'no-store');
        return { device, secret: secret.reveal(), mqtt: { host: request.hostname, ...deps.doors } };
      } catch (error) {
        if (!(error instanceof Fault) || error.code !== 'CLAIM_REFUSED') throw error;
        tell('refused');
        return answerFault(request, reply, error, 403);
      }
    },
  });

  api.route({
    method: 'POST',
    url: '/v1/devices/:device/claim-code',
    config: { access: 'change' },
    schema: {
      operationId: 'makeClaimCode',
      summary: 'Make a claim code for a device',
      description:
        'Answers the code, this once; the code that it had counts no more. Its secrets stay until it is used.',
      tags: ['registry'],
      security: [{ operator: [] }],
      params: z.object({ device: DeviceId }),
      body: ClaimCodeBody,
      response: {
        200: ClaimCode,
        400: problem('The request is not as described.'),
        401: problem('The operator token is missing or wrong.'),
        404: problem('There is no such device.'),
        409: problem('The device is revoked.'),
      },
    },
    handler: async ({ params, body }, reply) => {
      reply.header('cache-control', 'no-store');
      const { device, code, until } = await writer.issue(params.device, body?.valid ?? DEFAULT_VALID);
      return { device, code: code.reveal(), valid_until: formatInstant(until) };
    },
  });
};

/**
 * Will nobody on the way read the answer? A header of a proxy is believed from anyone: who writes a false one gives away
 * but the own secret.
 */
const isConfidential = (request: FastifyRequest): boolean =>
  'encrypted' in request.socket || request.headers['x-forwarded-proto'] === 'https' || isFromHere(request);

const PRIVATE = /^(?:::ffff:)?(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)|^::1$|^f[cd]/i;

/** Who asks: the peer, or whom a proxy on this machine or its own network names. */
const addressOf = ({ headers, socket }: FastifyRequest): string => {
  const peer = socket.remoteAddress ?? '';
  const named =
    String(headers['x-forwarded-for'] ?? '')
      .split(',')
      .at(-1)
      ?.trim() ?? '';
  return PRIVATE.test(peer) && isIP(named) !== 0 ? named : peer;
};

/** An IPv6 network is one household: it has addresses without end. */
const networkOf = (address: string): string =>
  isIP(address) === 6 && !address.startsWith('::ffff:') ? address.split(':').slice(0, 4).join(':') : address;
