import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { codecNamed, CODECS } from '#model/codecs/index.ts';
import { FAMILIES } from '#model/families/index.ts';
import type { Family } from '#model/readings/family.ts';
import { Fault } from '#model/base/fault.ts';
import { AppendAnswer } from '#model/base/broker-api.ts';
import { buildTopic } from '#model/readings/topic.ts';
import { UNIT_TEXT } from '#model/readings/unit.ts';
import { gatePosts, type Intake } from '#api/limits/gated-posts.ts';
import { answerFault, problem } from '#api/problem.ts';
import type { Api, RouteContext } from '#api/route.ts';
import { DeviceId } from '#model/registry/names.ts';

const NAMES = CODECS.map(({ name }) => name).join(', ');
const TYPES: ReadonlyMap<string, string> = new Map(CODECS.map(({ contentType, name }) => [contentType, name]));

/** Media types that say nothing of the codec: the one that the device is registered with counts. */
const SILENT_TYPES: readonly string[] = ['', 'application/octet-stream'];

const Payload = z
  .instanceof(Uint8Array)
  .nullish()
  .meta({
    description:
      'The same bytes that the device would publish over MQTT, at most 1 MiB; compressed bytes with `Content-Encoding` gzip ' +
      'or deflate, at most 1 MiB before and after.',
    examples: [{ time: '2026-11-24T03:00:00Z', id: '42', values: { pm2_5: 38.5, pm10: 61, battery_voltage: 3.91 } }],
  });

const Accepted = AppendAnswer.clone().meta({ examples: [{ journal: '5f0c9a52d1e84b7f', sequence: 18_241 }] });

const RESPONSES = {
  202: Accepted,
  400: problem('The body is empty, or is not what its Content-Encoding says.'),
  401: problem('The device is unknown or the secret wrong.'),
  404: problem('No codec has this name.'),
  411: problem('There is no body, and no Content-Length.'),
  413: problem('The body is larger than 1 MiB, decoded too, or is an array of more than 1,000 readings.'),
  415: problem('The Content-Type belongs to no codec, or the Content-Encoding is neither gzip nor deflate.'),
  429: problem('The device is over its rate, or has too many posts under way: keep the readings and try again.'),
  503: problem('The journal is full, the broker away or the service busy: keep the readings and try again.'),
};

const propertiesOf = ({ name, properties }: Family): string =>
  `- ${name}: ${Object.entries(properties)
    .map(([property, { unit }]) => `${property} (${UNIT_TEXT[unit] || 1})`)
    .join(', ')}`;

const DESCRIPTION = `Takes any bytes and answers 202 when they are in the synced journal, also if they are quarantined later.
A body that could never be stored is refused at once: it is empty, too large or too long, or its Content-Encoding cannot be
decoded. The codec is the one in the path, otherwise that of the Content-Type, otherwise that of the device's registration.
Properties of each family and their units:

${FAMILIES.map(propertiesOf).join('\n')}`;

const SCHEMA = {
  summary: 'Send readings',
  description: DESCRIPTION,
  tags: ['readings'],
  security: [{ device: [] }, { deviceBasic: [] }],
  consumes: CODECS.map(({ contentType }) => contentType),
  body: Payload,
  response: RESPONSES,
};

/** `POST /v1/devices/{device}/readings[/{codec}]` */
export const receiveRoutes = async (api: Api, { deps }: RouteContext, intake: Intake): Promise<void> => {
  await api.register(async (plain: Api) => {
    const posts = gatePosts(plain, intake);
    const append = (request: FastifyRequest, device: string, named: string | undefined): Promise<AppendAnswer> => {
      const topic = buildTopic({ kind: 'readings', device, codec: named });
      const codec = named ?? deps.operations.registry().devices.get(device)?.codec ?? '';
      return posts.handOver(request, device, async (payload) => {
        const tooLong = codecNamed(codec)?.tooLong?.(payload);
        if (tooLong !== undefined) throw tooLong;
        return deps.broker.append({ device, topic, payload });
      });
    };

    plain.route({
      method: 'POST',
      url: '/v1/devices/:device/readings',
      config: { access: 'device' },
      schema: { ...SCHEMA, operationId: 'postReadings', params: z.object({ device: DeviceId }) },
      handler: async (request, reply) => {
        const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
        const codec = TYPES.get(type);
        if (codec === undefined && !SILENT_TYPES.includes(type)) {
          const known = [...TYPES.keys()].join(', ');
          const fault = new Fault('CODEC_UNKNOWN', `Content-Type "${type}" belongs to none; there are ${known}`);
          return answerFault(request, reply, fault, 415);
        }
        const { device } = request.params;
        const answer = await append(request, device, codec);
        return reply.code(202).send(answer);
      },
    });

    plain.route({
      method: 'POST',
      url: '/v1/devices/:device/readings/:codec',
      config: { access: 'device' },
      schema: {
        ...SCHEMA,
        operationId: 'postReadingsInCodec',
        params: z.object({
          device: DeviceId,
          codec: z.string().meta({ examples: ['json'], description: `One of ${NAMES}.` }),
        }),
      },
      handler: async (request, reply) => {
        const { device, codec } = request.params;
        if (codecNamed(codec) === undefined) {
          return answerFault(request, reply, new Fault('CODEC_UNKNOWN', `"${codec}" is none of ${NAMES}`), 404);
        }
        const answer = await append(request, device, codec);
        return reply.code(202).send(answer);
      },
    });
  });
};
