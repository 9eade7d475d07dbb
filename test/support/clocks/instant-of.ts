import { type Instant, parseInstant } from '#model/base/instant.ts';

/** A moment that a test names in RFC 3339. */
export const instantOf = (text: string): Instant => {
  const at = parseInstant(text);
  if (at === undefined) throw new Error(`"${text}" is no RFC 3339 date-time`);
  return at;
};
