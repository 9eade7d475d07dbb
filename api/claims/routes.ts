import { z } from 'zod';
import { days } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import { formatInstant } from '#model/base/instant.ts';
import { sourceOf } from '#model/limits/address.ts';
import { makeQuietTell } from '#model/base/throttled-log.ts';
import { isConfidential } from '#api/server/origin.ts';
import { makeClaimTries } from './attempts.ts';
import type { ClaimService } from '#registry/claims.ts';
import { clientAddress } from '#api/server/proxies.ts';
import { answerFault, problem } from '#api/problem.ts';
import type { Api, RouteContext } from '#api/route.ts';
import { ClaimBody, ClaimCode, ClaimCodeBody, Claimed } from './schema.ts';
import { DeviceId } from '#model/registry/names.ts';

const DEFAULT_VALID = days(90);

/** Claim codes: making one, and exchanging it for a secret. */
// oxlint-disable-next-line max-lines-per-function -- a table of routes
export const claimRoutes = (api: Api, { deps, limited }: RouteContext, writer: ClaimService): void => {
  const tries = makeClaimTries(deps.clock);
  const logUnencrypted = makeQuietTell('claim', deps);

  api.route({
    method: 'POST',
    url: '/v1/claim',
    config: { access: 'public', audit: 'changes' },
    schema: {
      operationId: 'claim',
      summary: 'Exchange a claim code for a secret',
      description:
        'A device exchanges the code of its label once for its id, its secret and the ports of the broker. Over TLS only, or from this machine. A wrong, a used and an old code get the same answer.',
      tags: ['registry'],
      body: ClaimBody,
      response: {
        200: Claimed,
        400: problem('The body is not as described.'),
        403: problem('The code is wrong, used or out of date, or the request came unencrypted.'),
        429: problem('The code is wrong, and so were too many before it from the same address.'),
      },
    },
    handler: async (request, reply) => {
      const address = clientAddress(request);
      if (!isConfidential(request)) {
        logUnencrypted('unencrypted', { address, outcome: 'unencrypted' });
        const fault = new Fault('TLS_REQUIRED', 'the answer holds a secret; ask again over https');
        return answerFault(request, reply, fault, 403);
      }
      const disconnected = new AbortController();
      reply.raw.once('close', () => disconnected.abort());
      await tries.turn(sourceOf(address), disconnected.signal);
      // a code must not be used up for a client that has disconnected
      if (disconnected.signal.aborted) throw new Fault('CLAIM_REFUSED', 'the client has disconnected');
      try {
        const { device, secret } = await writer.take(request.body.code);
        deps.log.info('claim', { address, outcome: 'claimed', device });
        reply.header('cache-control', 'no-store');
        return { device, secret: secret.reveal(), mqtt: { host: request.hostname, ...deps.endpoints } };
      } catch (error) {
        if (!(error instanceof Fault) || error.code !== 'CLAIM_REFUSED') throw error;
        const passed = tries.failed(sourceOf(address));
        if (passed === undefined) deps.log.info('claim', { address, outcome: 'refused' });
        else limited(passed.limit, { address });
        if (passed?.limit !== 'claims-per-address') return answerFault(request, reply, error, 403);
        const detail = 'check the code on the label and try again later; a right code is still taken';
        return answerFault(request, reply, new Fault('CLAIM_LIMITED', detail, { retryAfter: passed.wait }));
      }
    },
  });

  api.route({
    method: 'POST',
    url: '/v1/devices/:device/claim-code',
    config: { access: 'operate' },
    schema: {
      operationId: 'makeClaimCode',
      summary: 'Make a claim code for a device',
      description:
        'Returns the code once; an earlier code becomes invalid. The secrets of the device stay until the code is used.',
      tags: ['registry'],
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
