import type { z } from 'zod';
import { problem } from '#api/problem.ts';
import { answerWithProgress, progressResponse } from '#api/progress-stream.ts';
import type { Api, RouteContext } from '#api/route.ts';
import { RawReplayLine, RawReplayRequest } from './schema.ts';

const DESCRIPTION = `Runs the raw packets of one device that the journal still keeps through the pipeline again, after a
fix of its codec, its calibration or its registration. Rows that hold another value now are revised, rows that were not
there are added, rows that are the same are left alone; asking twice changes nothing. Packets that stand open in
quarantine are left to their own replay. One JSON object a line: progress, and the sums in the last line (or a line with
\`code\` and \`detail\` when it fails; finished packets stay replayed).`;

/** `POST /v1/replay` */
export const replayRoute = (api: Api, { deps }: RouteContext): void => {
  api.route({
    method: 'POST',
    url: '/v1/replay',
    config: { access: 'change' },
    schema: {
      operationId: 'replayRaw',
      summary: 'Run kept raw packets of a device again',
      description: DESCRIPTION,
      tags: ['operating'],
      body: RawReplayRequest,
      response: {
        200: progressResponse('Progress, then the sums.', RawReplayLine),
        400: problem('The span is missing, wrong, or holds too much.'),
        401: problem('The operator token is needed.'),
      },
    },
    handler: ({ body: { device, from, to, dry_run: isDry } }, reply) =>
      answerWithProgress<z.infer<typeof RawReplayLine>>(reply, deps, (report, signal) =>
        deps.replayer.raw({ device, from, to: to ?? deps.clock.now(), isDry }, report, signal),
      ),
  });
};
