import type { ImportService } from '#registry/import.ts';
import { problem } from '#api/problem.ts';
import type { Api } from '#api/route.ts';
import { ImportAnswer, ImportBody } from './import-schema.ts';

/** `POST /v1/devices/import` */
export const importRoute = (api: Api, writer: ImportService): void => {
  api.route({
    method: 'POST',
    url: '/v1/devices/import',
    config: { access: 'operate' },
    schema: {
      operationId: 'importDevices',
      summary: 'Register or change many devices',
      description:
        'Returns the result of every line: created, updated with the old and the new value of each changed member, unchanged, or refused with the reason. ' +
        'A line changes the members that it names, and keeps the others of a known device. A refused line does not affect the others; ' +
        'all accepted lines are written in one transaction. Secrets or claim codes are returned this one time.',
      tags: ['registry'],
      body: ImportBody,
      response: {
        200: ImportAnswer,
        400: problem('The request is not as described.'),
        401: problem('The operator token is missing or wrong.'),
        409: problem('Lines contradict each other; none was written.'),
      },
    },
    handler: async ({ body }, reply) => {
      reply.header('cache-control', 'no-store');
      const lines = await writer.import(body.devices, { isDryRun: body.dry_run, withCodes: body.claim });
      return {
        lines: lines.map(({ changes, secret, code, ...line }) => ({
          ...line,
          ...(changes === undefined ? {} : { changes: [...changes] }),
          secret: secret?.reveal(),
          code: code?.reveal(),
        })),
      };
    },
  });
};
