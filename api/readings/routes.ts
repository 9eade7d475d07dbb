import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { formatDuration } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import { formatInstant, type Instant } from '#model/base/instant.ts';
import { nextLink, type PageEnd, pageOf, readCursor, spanParameters, writeCursor } from '#api/page-cursor.ts';
import { rawCsv, windowCsv } from './csv.ts';
import { readChanged } from './changed.ts';
import { makeExporter } from './export.ts';
import { answerFault, problem } from '#api/problem.ts';
import { planReadings, writeDayStart } from './plan.ts';
import { type Api, querySignal, type QuerySignal, type RouteContext } from '#api/route.ts';
import { StationId } from '#model/registry/names.ts';
import { testFlags } from '#model/quality/quality-tests.ts';
import { type CsvFormat, ReadingsAnswer, ReadingsCsv, ReadingsQuery } from './schema.ts';
import { timesOf } from './times.ts';
import type { AggregateRow, RawQuery, ReadingQuery, StoredReading } from '#storage/readings/store.ts';
import { readWindows, type ReadWindows, type WindowsQuery } from '#storage/readings/read-windows.ts';
import { windowDocuments, windowsHead } from './windows.ts';
import { stationOf } from '#api/stations/routes.ts';

const OFFERS = ['application/json', 'text/csv'];

const DESCRIPTION = `Readings in the order of time, device and property; or, with \`fn\` and \`interval\`, one value for
each window and device. A wind direction is averaged as a vector with the speed as its weight; calms have no direction and are counted. Windows start at midnight of the zone \`tz\`, and their
\`start\` and \`end\` are written in that zone: the date of \`start\` names a daily window. A window holds the readings that
were observed from \`start\` until before \`end\`. An amount since the last report, such as rain, is observed at the end of
its interval, so it belongs to the window after \`start\` and until \`end\`, and to the span after \`from\` and until \`to\`: the
report of midnight belongs to the day that ends. A day of an amount begins at 07:00, the rain day of BMKG, unless \`day_start\` says
another time. \`rolling=8h\` gives a window of that length for each hour, named by its end. JSON has pages, which the Link header joins; CSV (\`Accept: text/csv\` or
\`format=csv\`) streams all rows.`;

/** `GET /v1/stations/{station}/readings` */
// oxlint-disable-next-line max-lines-per-function -- one route with its description and two media types
export const stationReadingsRoute = (api: Api, context: RouteContext): void => {
  const { store, operations, clock } = context.deps;
  const exporter = makeExporter(context.settings);

  api.route({
    method: 'GET',
    url: '/v1/stations/:station/readings',
    config: { access: 'read' },
    schema: {
      operationId: 'readReadings',
      summary: 'Readings of a station, raw or aggregated',
      description: DESCRIPTION,
      tags: ['readings'],
      params: z.object({ station: StationId }),
      querystring: ReadingsQuery,
      response: {
        200: {
          description: 'Readings, or windows of readings.',
          content: { 'application/json': { schema: ReadingsAnswer }, 'text/csv': { schema: ReadingsCsv } },
        },
        400: problem('A parameter is wrong, or two do not fit each other.'),
        401: problem('A read token is needed.'),
        404: problem('There is no such station.'),
        406: problem('Neither JSON nor CSV is accepted.'),
        503: problem('The store is away, or too many exports are under way.'),
      },
    },
    handler: async (request, reply) => {
      const type = typeOf(request, request.query.format);
      reply.header('vary', 'Accept').header('cache-control', 'no-store');
      if (type === undefined) {
        const fault = new Fault(
          'REQUEST_INVALID',
          `readings come as ${OFFERS.join(' or ')}; name one of them in Accept`,
        );
        return answerFault(request, reply, fault, 406);
      }
      const station = stationOf(operations.registry(), request.params.station);
      const plan = planReadings(station, request.query, clock.now());
      const search = querySignal(reply, context);
      if (type !== 'json') {
        exporter.enter(reply);
        const text =
          plan.kind === 'raw'
            ? rawText(plan.query, { zone: request.query.tz, format: type, since: request.query.changed_since }, search)
            : asyncOf(windowsAsCsv(await search.run(() => windowsOf(plan.query, search.signal)), plan.query, type));
        return search.run(async () => {
          await exporter.send(reply, text, fileName(plan.query, plan.kind));
          search.hasAnswered();
          return reply;
        });
      }
      return plan.kind === 'raw'
        ? sendRaw(request.query, reply, plan.query, search)
        : sendWindows(request.query, reply, plan.query, search);
    },
  });

  const rowsOf = (
    query: RawQuery,
    since: Instant | undefined,
    signal: AbortSignal,
  ): AsyncIterable<readonly StoredReading[]> =>
    since === undefined
      ? store.read(query, signal)
      : readChanged(store, query, operations.seriesChanges(query.station, since), signal);

  const rawText = (
    query: ReadingQuery,
    {
      zone,
      format,
      since,
    }: { readonly zone: string | undefined; readonly format: CsvFormat; readonly since: Instant | undefined },
    { signal }: QuerySignal,
  ): AsyncGenerator<string> =>
    rawCsv(rowsOf({ ...query, after: undefined, limit: undefined }, since, signal), {
      format,
      family: query.family,
      timeOf: timesOf(zone, query),
    });

  const sendRaw = async (asked: ReadingsQuery, reply: FastifyReply, query: ReadingQuery, search: QuerySignal) => {
    const end = asked.after === undefined ? undefined : readCursor(asked.after);
    const after = end === undefined ? undefined : { ...end, observedAt: end.at };
    const wanted: RawQuery = { ...query, after, limit: asked.limit + 1 };
    const rows = await search.run(() => collect(rowsOf(wanted, asked.changed_since, search.signal)));
    const { page, end: last } = pageOf(rows, asked.limit);
    if (last !== undefined) linkNext(reply, asked, query, { ...last, at: last.observedAt });
    const timeOf = timesOf(asked.tz, query);
    const readings = page.map(({ observedAt, timedBy, tests, ...row }) => ({
      observed_at: timeOf(observedAt),
      ...row,
      timed_by: timedBy,
      tests: testFlags(tests),
    }));
    return { ...spanOf(query), readings };
  };

  const windowsOf = (query: WindowsQuery, signal: AbortSignal): Promise<ReadWindows> => {
    const { devices } = operations.registry();
    return readWindows(store, query, (device) => devices.get(device)?.every.ms, signal);
  };

  const windowsAsCsv = ({ rows, method }: ReadWindows, query: WindowsQuery, format: CsvFormat): Generator<string> => {
    const head = { ...windowsHead(query, method), format };
    return windowCsv(rows, windowDocuments(query, operations.registry(), clock.now()), head);
  };

  const sendWindows = async (asked: ReadingsQuery, reply: FastifyReply, query: WindowsQuery, search: QuerySignal) => {
    const end = asked.after === undefined ? undefined : readCursor(asked.after);
    const { rows, method } = await search.run(() => windowsOf(query, search.signal));
    const rest = end === undefined ? rows : rows.filter((row) => isBehind(row, end));
    const { page, end: last } = pageOf(rest, asked.limit);
    if (last !== undefined) linkNext(reply, asked, query, { ...last, at: last.start });
    const windows = page.map(windowDocuments(query, operations.registry(), clock.now()));
    const { fn, intervalMs, dayStartMs = 0 } = query;
    const { unit, zone: tz } = windowsHead(query, method);
    const interval = formatDuration({ ms: intervalMs });
    const rolling = 'rollingMs' in query ? { rolling: formatDuration({ ms: query.rollingMs }) } : {};
    const day_start = writeDayStart(dayStartMs);
    return { ...spanOf(query), fn, interval, ...rolling, tz, day_start, unit, method, level: 'raw' as const, windows };
  };
};

/** The form of the answer: as `format` says, or as Accept does; undefined when it accepts none. */
const typeOf = (
  request: Pick<FastifyRequest, 'type'>,
  format: ReadingsQuery['format'],
): 'json' | CsvFormat | undefined => {
  if (format !== undefined) return format;
  const type = request.type(OFFERS);
  return type === false ? undefined : type === 'text/csv' ? 'csv' : 'json';
};

const isBehind = ({ start, device }: AggregateRow, end: PageEnd): boolean =>
  start > end.at || (start === end.at && device > end.device);

const spanOf = ({ station, family, from, to }: ReadingQuery) => ({
  station,
  family,
  from: formatInstant(from),
  to: formatInstant(to),
});

/** The next page asks for the same span, also where this one took it from the hour of asking. */
const linkNext = (reply: FastifyReply, asked: ReadingsQuery, query: ReadingQuery, end: PageEnd): void => {
  const { property, interval, fn, tz, limit, flags } = asked;
  const { day_start, rolling, changed_since } = asked;
  const written = {
    interval: interval === undefined ? undefined : formatDuration(interval),
    rolling: rolling === undefined ? undefined : formatDuration(rolling),
    day_start,
    changed_since,
    flags: flags.join(','),
  };
  const span = spanParameters(query);
  const path = `/v1/stations/${query.station}/readings`;
  reply.header('link', nextLink(path, { property, ...span, ...written, fn, tz, limit, after: writeCursor(end) }));
};

const collect = async (chunks: AsyncIterable<readonly StoredReading[]>): Promise<readonly StoredReading[]> => {
  const rows: StoredReading[] = [];
  for await (const chunk of chunks) for (const row of chunk) rows.push(row);
  return rows;
};

async function* asyncOf<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

const fileName = ({ station, property, from, to }: ReadingQuery, kind: string): string => {
  const day = (at: number): string => formatInstant(at).slice(0, 10);
  return [station, property ?? 'all', kind, day(from), day(to)].join('_').concat('.csv');
};
