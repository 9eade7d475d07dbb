import type { Clock } from '#model/base/clock.ts';
import { Fault } from '#model/base/fault.ts';
import type { Log } from '#model/base/log.ts';
import type { Store } from '#storage/readings/store.ts';
import { isDatabaseMissing } from './advice.ts';
import { databaseOf, identifier, placeOf } from './place.ts';
import { expectOk, outcomeOf, wordsOf } from './answer.ts';
import { countPoints } from './count.ts';
import { startHttp, type InfluxAnswer } from './http.ts';
import { askOf, type Ask } from './influxql.ts';
import { lookUpPoints } from './look-up.ts';
import { aggregatePoints, readPoints } from './read.ts';
import type { InfluxSettings } from './settings.ts';
import { sideSeriesOf } from './board-series.ts';
import { LineWriter } from './point.ts';
import { requalifyPoints } from './requalify.ts';
import { writeLines } from './write.ts';

export interface InfluxDeps {
  readonly clock: Clock;
  readonly log: Log;
}

const writeTarget = ({ writePath, bucket, org }: InfluxSettings): string => {
  const parameters = writePath.startsWith('/api/v2/')
    ? new URLSearchParams({ org, bucket, precision: 'ms' })
    : new URLSearchParams({ ...databaseOf(bucket), precision: 'ms' });
  return `${writePath}?${parameters}`;
};

/**
 * The store of an agency: an InfluxDB server. Nothing is sent before the first call, so a server that is away does not
 * keep anything from starting. Needs nothing for repeats and revisions: the same point is overwritten.
 */
// oxlint-disable-next-line max-lines-per-function -- the calls of a store over one connection
export const startInfluxStore = (settings: InfluxSettings, { clock, log }: InfluxDeps): Store => {
  const http = startHttp(settings, clock);
  const place = placeOf(settings);
  const askServer = askOf({ http, place });
  const path = writeTarget(settings);
  const lineWriter = new LineWriter();
  const mayCreate = settings.createDatabase && !settings.writePath.startsWith('/api/');

  const createDatabase = async (signal: AbortSignal): Promise<void> => {
    const { db } = databaseOf(settings.bucket);
    await askServer(`CREATE DATABASE ${identifier(db)}`, signal);
    log.info('database created', { store: settings.url, database: db });
  };

  const post = async (body: string, signal: AbortSignal): Promise<InfluxAnswer> => {
    const request = { method: 'POST', path, body, contentType: 'text/plain; charset=utf-8' } as const;
    const answer = await http.send(request, signal);
    if (answer.status !== 404 || !mayCreate || !isDatabaseMissing(wordsOf(answer))) return answer;
    await createDatabase(signal);
    return http.send(request, signal);
  };

  const findDatabase = async (signal: AbortSignal): Promise<void> => {
    // of a measurement that nobody writes; 1.x answers SHOW for a database that does not exist
    await askServer('SELECT * FROM "klawing" LIMIT 1', signal).catch(async (error: unknown) => {
      if (!mayCreate || !(error instanceof Fault) || !isDatabaseMissing(error.detail)) throw error;
      await createDatabase(signal);
    });
  };

  /** Writes nothing: every InfluxDB looks for the place and for the right to write there before it reads the lines. */
  const mayWrite = async (signal: AbortSignal): Promise<void> => {
    const outcome = outcomeOf(await post('', signal), place);
    if (outcome instanceof Fault) throw outcome;
  };

  let isFound = false;
  /** Looks for the database first, and again after a failure: of several statements 1.x says only "not executed". */
  const ask: Ask = async (statements, signal) => {
    if (!isFound) await findDatabase(signal);
    isFound = false;
    const results = await askServer(statements, signal);
    isFound = true;
    return results;
  };

  return {
    name: 'influx',
    write: async ({ readings, requalified = [] }, signal) => {
      const rejected = await writeLines({ place, post }, lineWriter.of(readings), signal);
      await requalifyPoints({ place, post }, requalified, signal);
      return { rejected };
    },
    requalify: (changed, signal) => requalifyPoints({ place, post }, changed, signal),
    lookUp: async (keys, signal) => (keys.length === 0 ? new Map() : lookUpPoints(ask, keys, signal)),
    read: (query, signal) => readPoints(ask, query, signal),
    aggregate: (query, signal) => aggregatePoints(ask, query, signal),
    count: (fromHour, toHour, signal) => countPoints(ask, fromHour, toHour, signal),
    check: async (signal) => {
      const ping = { method: 'GET', path: '/ping', body: '', contentType: 'text/plain' } as const;
      expectOk(await http.send(ping, signal), place);
      await mayWrite(signal);
      await findDatabase(signal);
    },
    boardSeries: sideSeriesOf({ place, post }),
    stop: () => http.stop(),
  };
};
