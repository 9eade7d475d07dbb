import { z } from 'zod';
import { problem } from '#api/problem.ts';
import { answerWithProgress, NDJSON } from '#api/progress-stream.ts';
import type { Api, RouteContext } from '#api/route.ts';
import type { Verification } from '#ingest/ledger/verify.ts';
import { formatInstant, startOfHour } from '#model/base/instant.ts';

const DESCRIPTION = `Counts the rows in the store and compares them with what the ledger expects, per device, property
and observed hour: \`rows = stored − revised\`. One JSON object a line: how many days are done while it counts, the
result in the last line (or a line with \`code\` and \`detail\` where it broke off). Keep waits meanwhile, between two
batches; acknowledging and watching go on.`;

const Lines = z.string().meta({
  examples: [
    '{"days_done":1,"days":1}\n{"store":"duckdb","verified":true,"expected":5760,"found":5760,"mismatched":0,"mismatches":[]}\n',
  ],
});

const result = ({ mismatches, ...of }: Verification): object => ({
  ...of,
  mismatches: mismatches.map(({ hour, ...cell }) => ({ ...cell, hour: formatInstant(startOfHour(hour)) })),
});

/** `GET /v1/ledger/verify` */
export const verifyRoute = (api: Api, { deps }: RouteContext): void => {
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
        200: { description: 'Progress, then the result.', content: { [NDJSON]: { schema: Lines } } },
        401: problem('A read token is needed.'),
      },
    },
    handler: (_request, reply) =>
      answerWithProgress(reply, deps, async (report, signal) =>
        result(await deps.ledger.verify(({ daysDone, days }) => report({ days_done: daysDone, days }), signal)),
      ),
  });
};
