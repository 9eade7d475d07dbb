import type { z } from 'zod';
import { problem } from '#api/problem.ts';
import { answerWithProgress, progressResponse } from '#api/progress-stream.ts';
import type { Api, RouteContext } from '#api/route.ts';
import { RawReplayLine, RawReplayRequest } from './schema.ts';

const DESCRIPTION = `Runs the raw packets of one device that are still in the journal through the pipeline again, after a
change of its codec, its calibration or its registration. Rows with another value are revised, missing rows are added, equal
rows stay; a second replay changes nothing. Open packets in quarantine are not included: they have their own replay.
The answer shows the sums so far, and the final sums in the last line (or \`code\` and \`detail\` when it fails; finished
packets stay replayed).`;

/** `POST /v1/replay` */
export const replayRoute = (api: Api, { deps }: RouteContext): void => {
  api.route({
    method: 'POST',
    url: '/v1/replay',
    config: { access: 'operate' },
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
    handler: ({ body: { device, from, to, profiles, dry_run: isDry } }, reply) => {
      deps.operations.noteAudit({}, { subject: `device:${device}` });
      return answerWithProgress<z.infer<typeof RawReplayLine>>(reply, deps, (report, signal) =>
        deps.replayer.raw({ device, from, to: to ?? deps.clock.now(), profiles, isDry }, report, signal),
      );
    },
  });
};
