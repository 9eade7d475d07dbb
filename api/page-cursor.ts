import { z } from 'zod';
import { Fault } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';

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

/** The Link header of a page that has a next page (RFC 8288). */
export const nextLink = (path: string, query: Readonly<Record<string, string | number | undefined>>): string => {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return `<${path}?${search.toString()}>; rel="next"`;
};
