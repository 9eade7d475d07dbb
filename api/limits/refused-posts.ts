import type { FastifyRequest } from 'fastify';
import { plainAddress } from '#model/limits/address.ts';
import type { RecentRefusals } from '#model/limits/recent-refusals.ts';
import type { RefusalCause } from '#model/limits/refusal.ts';
import type { Registry } from '#model/registry/registry.ts';
import type { Api } from '#api/route.ts';

export interface RefusedPostDeps {
  readonly operations: { registry(): Registry };
  readonly refusedPosts: Pick<RecentRefusals, 'note' | 'connected'>;
}

const UNAUTHORIZED = 401;

/** Causes by the status of the answer to a post. Another status is not a refusal of the device. */
const CAUSES: ReadonlyMap<number, RefusalCause> = new Map([
  [400, 'post'],
  [404, 'post'],
  [411, 'post'],
  [413, 'too-large'],
  [415, 'post'],
  [UNAUTHORIZED, 'secret'],
  [429, 'rate'],
]);

const causeOf = (status: number, id: string, { devices, gateways }: Registry): RefusalCause | undefined => {
  const cause = CAUSES.get(status);
  if (cause !== 'secret') return cause;
  const device = devices.get(id);
  if ((device ?? gateways.get(id))?.revoked !== false) return 'unregistered';
  return device?.certificateOnly === true ? 'certificate-missing' : 'secret';
};

/** Notes the posts of devices and gateways that are refused, for the technician. */
export const noteRefusedPosts = (api: Api, { operations, refusedPosts }: RefusedPostDeps): void => {
  api.addHook('onResponse', async (request: FastifyRequest, reply) => {
    const { caller } = request;
    if (caller.kind !== 'device' && caller.kind !== 'gateway') return;
    const address = plainAddress(request.ip);
    const registry = operations.registry();
    const isProven = reply.statusCode !== UNAUTHORIZED;
    if (isProven) refusedPosts.connected(caller.id, address);
    const cause = causeOf(reply.statusCode, caller.id, registry);
    if (cause === undefined) return;
    const isRegistered = registry.devices.has(caller.id) || registry.gateways.has(caller.id);
    refusedPosts.note({
      cause,
      name: caller.id,
      isProven,
      isRegistered,
      address,
      detail: `status ${reply.statusCode}, ${request.method} ${request.routeOptions.url ?? ''}`,
    });
  });
};
