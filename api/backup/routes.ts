import type { z } from 'zod';
import { isFromHere } from '#api/server/origin.ts';
import { problem } from '#api/problem.ts';
import { answerWithProgress, progressResponse } from '#api/progress-stream.ts';
import type { Api, RouteContext } from '#api/route.ts';
import { BackupLine, BackupRequest } from './schema.ts';
import { Fault } from '#model/base/fault.ts';

const DESCRIPTION = `Writes a backup of the data folder into a new folder on the machine of the service, while the service
runs. Only for a caller on that machine. The answer shows the progress, and the content of the backup in the last line (or
\`code\` and \`detail\` when the backup fails; then the new folder is removed).`;

/** `POST /v1/backup` */
export const backupRoute = (api: Api, { deps }: RouteContext): void => {
  api.route({
    method: 'POST',
    url: '/v1/backup',
    config: { access: 'operate', audit: 'always' },
    schema: {
      operationId: 'writeBackup',
      summary: 'Write a backup of the data folder',
      description: DESCRIPTION,
      tags: ['operating'],
      body: BackupRequest,
      response: {
        200: progressResponse('Progress, then the content of the backup.', BackupLine),
        400: problem('The path of the folder is not absolute.'),
        401: problem('The operator token is needed, or the caller is on another machine.'),
      },
    },
    handler: (request, reply) => {
      if (!isFromHere(request)) {
        throw new Fault(
          'TOKEN_REFUSED',
          'a backup is started on the machine of the service: run "klawing backup" there',
        );
      }
      return answerWithProgress<z.infer<typeof BackupLine>>(reply, deps, async (report, signal) => {
        const { folder } = request.body;
        const { journal, files, store, ...manifest } = await deps.backup.write(folder, report, signal);
        const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
        const { made_at, kept_through } = manifest;
        const { first, last } = journal;
        return { made_at, first, last, kept_through, rows: store.rows, files: files.length, bytes };
      });
    },
  });
};
