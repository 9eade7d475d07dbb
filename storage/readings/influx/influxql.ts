import { z } from 'zod';
import { Fault } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import { parseJson } from '#model/base/parse-json.ts';
import { adviceFor } from './advice.ts';
import { databaseOf, type InfluxPlace } from './place.ts';
import { expectOk } from './answer.ts';
import type { Http } from './http.ts';

/** Cells are looked at where they are used: checking each here would cost more than parsing the answer. */
const Rows = z.custom<readonly (readonly unknown[])[]>((rows) => Array.isArray(rows) && rows.every(Array.isArray));

const Series = z.object({
  name: z.string().optional(),
  tags: z.record(z.string(), z.string()).optional(),
  columns: z.array(z.string()),
  values: Rows.optional(),
});
export type InfluxSeries = z.infer<typeof Series>;

const QueryAnswer = z.object({
  error: z.string().optional(),
  results: z
    .array(
      z.object({
        statement_id: z.number().optional(),
        error: z.string().optional(),
        series: z.array(Series).optional(),
      }),
    )
    .optional(),
});

interface NumberCell {
  readonly time: Instant;
  readonly column: string;
  readonly value: number;
}

/** Every number that stands in a series at the times that are wanted; the first column is always the time. */
export function* numbersOf(
  { columns, values = [] }: InfluxSeries,
  isWanted: (time: Instant) => boolean = () => true,
): Generator<NumberCell> {
  for (const cells of values) {
    const time = cells[0];
    if (typeof time !== 'number' || !isWanted(time)) continue;
    for (const [index, value] of cells.entries()) {
      const column = columns[index];
      if (index > 0 && column !== undefined && typeof value === 'number') yield { time, column, value };
    }
  }
}

/** Instants that fit 64 bits of nanoseconds, which is how InfluxDB counts: 1970 to 2262. */
const LAST_INSTANT: Instant = 9_223_372_036_000;

/** A text. */
export const literal = (text: string): string => `'${text.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n')}'`;

/** An instant with its unit. */
export const timeLiteral = (at: Instant): string => `${Math.ceil(Math.min(Math.max(at, 0), LAST_INSTANT))}ms`;

/** Runs statements, separated by semicolons, and gives the series of each. */
export type Ask = (statements: string, signal: AbortSignal) => Promise<readonly (readonly InfluxSeries[])[]>;

export interface QueryTarget {
  readonly http: Http;
  readonly place: InfluxPlace;
}

/**
 * Asks a database of a server.
 * @throws Fault `STORE_UNREACHABLE`, `STORE_FAILED` (retry)
 */
export const askOf =
  ({ http, place }: QueryTarget): Ask =>
  async (statements, signal) => {
    const parameters = new URLSearchParams({ ...databaseOf(place.bucket), epoch: 'ms' });
    const answer = await http.send(
      {
        method: 'POST',
        path: `/query?${parameters}`,
        body: new URLSearchParams({ q: statements }).toString(),
        contentType: 'application/x-www-form-urlencoded',
      },
      signal,
    );
    expectOk(answer, place);
    const parsed = QueryAnswer.safeParse(parseJson(answer.body));
    if (!parsed.success) {
      throw new Fault('STORE_FAILED', `${http.url} answered a query with something else than results`, { retry: true });
    }
    const { error, results = [] } = parsed.data;
    const errors = results.flatMap((result) => result.error ?? []);
    // of several statements the one that failed says why, those behind it say only that they were not executed
    const said = error ?? errors.find((each) => each !== 'not executed') ?? errors[0];
    if (said !== undefined) {
      const advice = adviceFor(
        { status: answer.status, words: said, isOfVersion2: place.writePath.startsWith('/api/v2/') },
        place,
      );
      throw new Fault('STORE_FAILED', `${http.url}: ${said}; ${advice}`, { retry: true });
    }
    return results.map(({ series }) => series ?? []);
  };
