import type { z } from 'zod';
import { problem } from '#api/problem.ts';
import { answerWithProgress, progressResponse } from '#api/progress-stream.ts';
import type { Api, RouteContext } from '#api/route.ts';
import { type VerificationDocument, VerifyLine } from './schema.ts';
import type { Verification } from '#ingest/ledger/verify.ts';
import { Fault } from '#model/base/fault.ts';
import { formatInstant, startOfHour } from '#model/base/instant.ts';

const DESCRIPTION = `Counts the rows in the store and compares them with what the ledger expects, per device, property
and observed hour: \`rows = stored − revised\`. The answer shows the number of finished days, and the
result in the last line (or \`code\` and \`detail\` when it fails). The storing reader waits meanwhile, between two
batches; acknowledging and alerting continue. One at a time: while one runs, another is answered 503.`;

const result = ({ mismatches, ...of }: Verification): z.infer<typeof VerificationDocument> => ({
  ...of,
  mismatches: mismatches.map(({ hour, ...cell }) => ({ ...cell, hour: formatInstant(startOfHour(hour)) })),
});

/** `GET /v1/ledger/verify` */
export const verifyRoute = (api: Api, { deps }: RouteContext): void => {
  let isRunning = false;
  api.route({
    method: 'GET',
    url: '/v1/ledger/verify',
    exposeHeadRoute: false,
    config: { access: 'read' },
    schema: {
      operationId: 'verifyLedger',
      summary: 'Compare the ledger with a count in the store',
      description: DESCRIPTION,
      tags: ['operating'],
      response: {
        200: progressResponse('Progress, then the result.', VerifyLine),
        401: problem('A read token is needed.'),
        503: problem('Another one runs.'),
      },
    },
    handler: async (_request, reply) => {
      if (isRunning) {
        throw new Fault(
          'SERVICE_BUSY',
          'the ledger is being verified for another caller; try again when that has ended',
          {
            retry: true,
          },
        );
      }
      isRunning = true;
      try {
        await answerWithProgress<z.infer<typeof VerifyLine>>(reply, deps, async (report, signal) =>
          result(await deps.ledger.verify(({ daysDone, days }) => report({ days_done: daysDone, days }), signal)),
        );
      } finally {
        isRunning = false;
      }
    },
  });
};
