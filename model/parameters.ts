import { z } from 'zod';
import { type Duration, parseDuration, DURATION_TEXT } from './base/duration.ts';
import { FLAG, type Flag, parseFlag } from './readings/flag.ts';
import { FAMILIES } from './families/index.ts';
import { readInstant } from './base/document.ts';
import { type Instant, WIB } from './base/instant.ts';
import { PROFILE_CHOICES } from './registry/profile-choice.ts';
import { TIMED_BY } from './readings/reading.ts';

const FAMILY_NAMES = FAMILIES.map(({ name }) => name);

export const FamilyName = z
  .string()
  .refine((name) => FAMILY_NAMES.includes(name), {
    error: `there is no such family; they are ${FAMILY_NAMES.join(', ')}`,
  })
  .meta({ examples: ['air'], description: `One of ${FAMILY_NAMES.join(', ')}.` });

/** Versions of profiles in a replay. */
export const ReplayProfiles = z
  .enum(PROFILE_CHOICES)
  .prefault('then')
  .meta({
    description:
      'Version of the profile by which each packet is read: the one that was in force at its arrival, or the newest.',
    examples: ['newest'],
  });

export const PropertyName = z
  .string()
  .min(1)
  .max(64)
  .meta({ examples: ['pm2_5'] });

export const FlagNumber = z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4), z.literal(9)]).meta({
  description: 'QARTOD quality flag: 1 good, 2 not evaluated, 3 suspect, 4 fail, 9 missing.',
  examples: [FLAG.GOOD],
});

export const TimedByName = z.enum(TIMED_BY).meta({
  description:
    'From where the time is: the clock of the device; the arrival, as the device gave none; or the clock of the device, ' +
    'moved to the next free millisecond because another reading holds the one that it gave.',
  examples: ['device'],
});

/** A moment in a query: RFC 3339, or milliseconds since 1970. */
export const instantParameter = (description: string) =>
  z
    .string()
    .meta({ examples: ['2026-11-24T03:00:00Z'] })
    .transform((text, context): Instant => {
      const at = readInstant(text);
      if (at !== undefined) return at;
      // an unencoded "+" in a query arrives as a blank, which is the usual reason
      context.addIssue({ code: 'custom', message: 'no RFC 3339 date-time with offset and no milliseconds since 1970' });
      return z.NEVER;
    })
    .meta({ description, examples: ['2026-11-24T03:00:00Z'] });

/** A span of time in a query or a body. */
export const durationParameter = (description: string, example: string) =>
  z
    .string()
    .meta({ examples: [example] })
    .transform((text, context): Duration => {
      const span = parseDuration(text);
      if (span !== undefined && span.ms >= 1_000 && Number.isInteger(span.ms)) return span;
      context.addIssue({ code: 'custom', message: 'no span of time of a second or more' });
      return z.NEVER;
    })
    .meta({ description, examples: [example], pattern: DURATION_TEXT });

/** Which flags are wanted, as numbers with commas. */
export const flagsParameter = z
  .string()
  .meta({ examples: ['1,2,3'] })
  .transform((text, context): readonly Flag[] => {
    const flags = text.split(',').map((part) => parseFlag(Number(part)));
    if (flags.every((flag) => flag !== undefined)) return flags;
    context.addIssue({ code: 'custom', message: 'flags are 1, 2, 3, 4 and 9, with commas between them' });
    return z.NEVER;
  })
  .prefault('1,2,3')
  .meta({ description: 'Quality flags of the returned readings.', examples: ['1,2,3'] });

const isZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

const Zone = z.string().refine(isZone, { error: 'no IANA time zone' });

export const zoneParameter = Zone.prefault(WIB).meta({
  description: 'Time zone of the windows: their midnight, hours and dates.',
  examples: [WIB],
});

/** The zone of readings: raw ones have none by default. */
export const readingsZoneParameter = Zone.optional().meta({
  description:
    'Time zone of the windows: their midnight, hours and dates; Asia/Jakarta when absent. Raw readings have their times in it, and in UTC when absent.',
  examples: [WIB],
});

const rowsUpTo = (most: number) =>
  z.coerce
    .number({ error: `a whole number from 1 to ${most}` })
    .int(`a whole number from 1 to ${most}`)
    .min(1, `a whole number from 1 to ${most}`)
    .max(most, `at most ${most}; the rest is behind the Link header's "next"`);

/** The parameter for the rows of a page. */
export const limitParameter = (usual: number, most: number) =>
  rowsUpTo(most)
    .prefault(usual)
    .meta({ description: 'Rows in a page; the Link header leads to the next.', examples: [usual] });

/** The same where the route has to know whether it was given. */
export const optionalLimitParameter = (usual: number, most: number) =>
  rowsUpTo(most)
    .optional()
    .meta({
      description: `Rows in a page, ${usual} by default; the Link header leads to the next.`,
      examples: [usual],
    });
