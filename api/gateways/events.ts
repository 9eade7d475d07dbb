import { z } from 'zod';
import { codecNamed } from '#model/codecs/index.ts';
import { Fault } from '#model/base/fault.ts';
import { topicOfBody } from '#model/gateways/forwarded-body.ts';
import type { Gateway } from '#model/registry/gateway.ts';
import { AppendAnswer, type ForwardAnswer } from '#model/base/broker-api.ts';
import { buildTopic } from '#model/readings/topic.ts';
import { gatePosts, type Intake } from '#api/limits/gated-posts.ts';
import { problem } from '#api/problem.ts';
import type { Api, RouteContext } from '#api/route.ts';
import { DeviceId } from '#model/registry/names.ts';

/** Name of ChirpStack's event for an uplink. */
const UPLINK = 'up';
const NO_USE: ForwardAnswer = { ignored: true };
const EVENT = /^[a-z]{1,16}$/;

const Body = z
  .instanceof(Uint8Array)
  .nullish()
  .meta({
    description: 'JSON of the network server, at most 1 MiB; compressed JSON with `Content-Encoding` gzip or deflate.',
    examples: [
      {
        deduplicationId: '0b2f6f3e-6a55-4b6f-9a0e-0f6c4f0f8a11',
        time: '2026-10-02T07:10:04.512345+00:00',
        deviceInfo: { applicationId: '17c82e96-0000-4000-8000-000000000002', devEui: '70b3d57ed0051a03' },
        fPort: 2,
        data: 'AYIAABOmAmcBCAN0AWk=',
        rxInfo: [{ rssi: -112, snr: -4.2 }],
      },
    ],
  });

const DESCRIPTION = `Posts of the HTTP integration of ChirpStack v4 and of the webhooks of The Things Stack v3, in JSON, with the
secret of the gateway. An uplink of a registered device of the gateway is journaled under that device. Any other uplink, and
one that cannot be read, is journaled under the gateway and goes to quarantine. Other events (joins, transmissions, log
lines) are counted and answered with 204.`;

/**
 * Topic of a post in the journal; undefined for a post that is neither an uplink nor about a device.
 * @throws Fault `REQUEST_INVALID` for a gateway of the kind plain
 */
const topicOf = ({ id, kind }: Gateway, event: string, body: Uint8Array): string | undefined => {
  if (kind === 'plain') {
    throw new Fault(
      'REQUEST_INVALID',
      `gateway ${id} is of kind plain and speaks MQTT only; its topics are v1/<device>/readings`,
    );
  }
  const unread =
    kind === 'ttn' || event === UPLINK ? buildTopic({ kind: 'readings', device: id, codec: kind }) : undefined;
  return topicOfBody(kind, event, body) ?? unread;
};

/** `POST /v1/gateways/{gateway}/events` */
export const forwardedRoute = async (api: Api, { deps }: RouteContext, intake: Intake): Promise<void> => {
  await api.register(async (plain: Api) => {
    const posts = gatePosts(plain, intake);

    plain.route({
      method: 'POST',
      url: '/v1/gateways/:gateway/events',
      config: { access: 'gateway' },
      schema: {
        operationId: 'postEvent',
        summary: 'Events of a network server',
        description: DESCRIPTION,
        tags: ['readings'],
        security: [{ gateway: [] }, { gatewayBasic: [] }],
        consumes: ['application/json'],
        params: z.object({ gateway: DeviceId }),
        querystring: z.object({
          event: z
            .string()
            .regex(EVENT)
            .prefault(UPLINK)
            .meta({ description: 'Added by ChirpStack; The Things Stack sends it in the body.', examples: ['up'] }),
        }),
        body: Body,
        response: {
          202: AppendAnswer.clone().meta({ examples: [{ journal: '5f0c9a52d1e84b7f', sequence: 18_241 }] }),
          204: z.null(),
          400: problem(
            'The gateway is of the kind plain, the event is invalid, or the body is empty or does not match its Content-Encoding.',
          ),
          401: problem('The gateway is unknown or the secret wrong.'),
          411: problem('There is no body, and no Content-Length.'),
          413: problem('The body is larger than 1 MiB, decoded too, or is an array of too many uplinks.'),
          415: problem('The Content-Encoding is neither gzip nor deflate.'),
          429: problem(
            'The gateway is over its rate, or has too many posts under way: keep the message and try again.',
          ),
          503: problem('The journal is full, the broker away or the service busy: keep the message and try again.'),
        },
      },
      handler: async (request, reply) => {
        const { params, query } = request;
        const gateway = deps.operations.registry().gateways.get(params.gateway);
        if (gateway === undefined) throw new Fault('NOT_FOUND', `no gateway is registered as "${params.gateway}"`);
        const answer = await posts.handOver(request, gateway.id, async (payload) => {
          const tooLong = codecNamed(gateway.kind)?.tooLong?.(payload);
          if (tooLong !== undefined) throw tooLong;
          const topic = topicOf(gateway, query.event, payload);
          return topic === undefined ? NO_USE : deps.broker.forward({ gateway: gateway.id, topic, payload });
        });
        return 'ignored' in answer ? reply.code(204).send(null) : reply.code(202).send(answer);
      },
    });
  });
};
