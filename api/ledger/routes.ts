import { days } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import { formatInstant, hourOf, startOfHour } from '#model/base/instant.ts';
import { problem } from '#api/problem.ts';
import type { Api, RouteContext } from '#api/route.ts';
import type { LedgerLine } from '#ingest/ledger/balance.ts';
import { groupLines } from '#ingest/ledger/group.ts';
import { LedgerDocument, LedgerParameters } from './schema.ts';

const USUAL_SPAN = days(1);
/** Most lines of one answer: ingest writes them without a delay for its other work. */
const MOST_LINES = 50_000;

const DESCRIPTION = `Messages by device and hour of arrival, counted by the broker and by the pipeline:
\`received = processed + quarantined + discarded + waiting\`. Readings: \`decoded = stored + duplicates + refused\`.
\`balanced\` tells whether both hold, and \`explanation\` names the lines that do not. \`by\` adds the lines up by hour, by
day or by device; a sum is balanced when each of its lines is balanced.`;

const shownLines = (lines: readonly LedgerLine[]) => {
  if (lines.length > MOST_LINES) {
    const detail = `${lines.length} lines, at most ${MOST_LINES} are given; ask for fewer hours, one device, or by=day`;
    throw new Fault('REQUEST_INVALID', detail);
  }
  return lines.map(({ hour, ...line }) => ({ ...line, hour: formatInstant(startOfHour(hour)) }));
};

/** `GET /v1/ledger` */
export const ledgerRoute = (api: Api, { deps }: RouteContext): void => {
  api.route({
    method: 'GET',
    url: '/v1/ledger',
    config: { access: 'read' },
    schema: {
      operationId: 'readLedger',
      summary: 'Counts that prove that nothing was lost',
      description: DESCRIPTION,
      tags: ['operating'],
      querystring: LedgerParameters,
      response: {
        200: LedgerDocument,
        400: problem('A parameter is wrong.'),
        401: problem('A read token is needed.'),
        503: problem('The broker, which counts received messages, is unreachable.'),
      },
    },
    handler: async ({ query }, reply) => {
      const to = query.to ?? deps.clock.now();
      const from = query.from ?? to - USUAL_SPAN.ms;
      if (from > to) throw new Fault('REQUEST_INVALID', '"from" lies behind "to"; exchange them');
      const hours = { fromHour: hourOf(from), toHour: hourOf(to) };
      const answer = await deps.ledger.lines({ device: query.device, ...hours });
      reply.header('cache-control', 'no-store');
      return {
        ...answer,
        totals: { ...answer.totals },
        lines: query.by === undefined ? shownLines(answer.lines) : [],
        groups: query.by === undefined ? [] : [...groupLines(answer.lines, query.by, query.tz)],
      };
    },
  });
};
