import { STATUS_CODES } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { seconds } from '#model/base/duration.ts';
import { FAULTS, type Fault, httpStatusOf } from '#model/base/fault.ts';
import { z } from 'zod';

/** Problem document of RFC 9457, with the fault's code. */
export const Problem = z
  .object({
    type: z.string().meta({ format: 'uri-reference', description: 'Page that explains the fault.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'Cause in this request, and advice.' }),
    code: z.string().meta({ description: 'Stable name of the fault.' }),
    instance: z.string().meta({ description: 'Path of the request.' }),
    member: z
      .string()
      .optional()
      .meta({ description: 'Member of the body that is refused, with dots, such as `config.interval`.' }),
  })
  .meta({
    id: 'Problem',
    examples: [
      {
        type: '/docs/faults#NOT_FOUND',
        title: FAULTS.NOT_FOUND.title,
        status: 404,
        detail: 'no station is registered as "bukateja-9"; GET /v1/stations lists them',
        code: 'NOT_FOUND',
        instance: '/v1/stations/bukateja-9',
      },
    ],
  });

/** OpenAPI response with a problem document. */
export const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: Problem } },
});

/** `Retry-After` of an outage whose fault has none. */
const RETRY_AFTER = seconds(5);

/** Answers with the fault as a problem document. */
export const answerFault = (
  request: FastifyRequest,
  reply: FastifyReply,
  fault: Fault,
  status = httpStatusOf(fault),
) => {
  const wait = fault.retryAfter ?? (status === 503 ? RETRY_AFTER : undefined);
  if (wait !== undefined) reply.header('retry-after', String(Math.max(1, Math.ceil(wait.ms / 1_000))));
  if (status === 401 && !reply.hasHeader('www-authenticate'))
    reply.header('www-authenticate', 'Bearer realm="klawing"');
  return send(request, reply, {
    type: `/docs/faults#${fault.code}`,
    title: FAULTS[fault.code].title,
    status,
    detail: fault.detail,
    code: fault.code,
    ...(fault.member === undefined ? {} : { member: fault.member }),
  });
};

/** Answers for a bug. The answer holds no details; the log has them. */
export const answerBug = (request: FastifyRequest, reply: FastifyReply) =>
  send(request, reply, {
    type: 'about:blank',
    title: STATUS_CODES[500] ?? '',
    status: 500,
    detail: 'this is an error in Klawing itself; its log has the details',
    code: 'BUG',
  });

const send = (request: FastifyRequest, reply: FastifyReply, document: Omit<z.infer<typeof Problem>, 'instance'>) =>
  reply
    .code(document.status)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send({ ...document, instance: request.url.split('?')[0] });
