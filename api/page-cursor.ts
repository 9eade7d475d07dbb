import { z } from 'zod';
import { Fault } from '#model/base/fault.ts';
import { formatInstant, type Instant } from '#model/base/instant.ts';

/** The last row of a page, after which the next page starts. */
export interface PageEnd {
  readonly at: Instant;
  readonly device: string;
  readonly property: string;
}

const Written = z.tuple([z.int(), z.string(), z.string()]);

export const writeCursor = ({ at, device, property }: PageEnd): string =>
  Buffer.from(JSON.stringify([at, device, property])).toString('base64url');

/** @throws Fault `REQUEST_INVALID` for a text that is not a cursor */
export const readCursor = (text: string): PageEnd => {
  const read = Written.safeParse(parse(Buffer.from(text, 'base64url').toString('utf8')));
  if (read.success) return { at: read.data[0], device: read.data[1], property: read.data[2] };
  throw new Fault(
    'REQUEST_INVALID',
    'query parameter "after": take it from the Link header of the page before, as it is',
  );
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Rows of a page. */
export interface Page<Row> {
  readonly page: readonly Row[];
  /** Its last row, when a further page follows. */
  readonly end: Row | undefined;
}

/** Cuts a page from rows of which one more than the limit was asked for. */
export const pageOf = <Row>(found: readonly Row[], limit: number): Page<Row> => {
  const page = found.slice(0, limit);
  return { page, end: found.length > page.length ? page.at(-1) : undefined };
};

/** The span of a query as its parameters. */
export const spanParameters = ({
  from,
  to,
}: {
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
}) => ({
  from: from === undefined ? undefined : formatInstant(from),
  to: to === undefined ? undefined : formatInstant(to),
});

/** The Link header of a page that has a next page (RFC 8288). */
export const nextLink = (path: string, query: Readonly<Record<string, string | number | undefined>>): string => {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return `<${path}?${search.toString()}>; rel="next"`;
};
