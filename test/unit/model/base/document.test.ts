import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  bodyOf,
  describing,
  documentOf,
  DurationMember,
  InstantMember,
  patchOf,
  withMembers,
} from '#model/base/document.ts';
import { hours, minutes } from '#model/base/duration.ts';

const Settings = z.object({
  every: DurationMember.meta({ description: 'How often.' }),
  silentAfter: DurationMember.exactOptional(),
  certificateOnly: z.literal(true).exactOptional(),
});

const Thing = z.object({
  id: z.string(),
  ...Settings.shape,
  firedAt: InstantMember.optional(),
  assignments: z.array(z.object({ fromAt: InstantMember })).readonly(),
});

const THING = { id: 'a', every: minutes(1), assignments: [{ fromAt: 0 }] };

describe('the document of a thing', () => {
  const document = documentOf(Thing);
  const describeThing = describing(Thing);

  test('has members in snake case, times as RFC 3339 and durations as text', () => {
    const written = describeThing({ ...THING, silentAfter: hours(6), firedAt: 5, certificateOnly: true });
    expect(written).toEqual({
      id: 'a',
      every: '1m',
      silent_after: '6h',
      certificate_only: true,
      fired_at: '1970-01-01T00:00:00.005Z',
      assignments: [{ from_at: '1970-01-01T00:00:00.000Z' }],
    });
    expect(document.parse(written)).toEqual(written);
  });

  test('says null, false or nothing for a member that is not there', () => {
    const written = describeThing(THING);
    expect(written).toEqual({
      id: 'a',
      every: '1m',
      certificate_only: false,
      fired_at: null,
      assignments: [{ from_at: '1970-01-01T00:00:00.000Z' }],
    });
    expect(document.parse(written)).toEqual(written);
  });

  test('keeps descriptions', () => {
    expect(document.shape.every.meta()).toMatchObject({ description: 'How often.' });
  });
});

describe('members of a body', () => {
  test('are read as values of the program, and change the thing', () => {
    const body = z.strictObject(bodyOf(Settings)).parse({ every: '5m', silent_after: '6h', certificate_only: true });
    expect(withMembers(Settings, THING, body)).toEqual({
      ...THING,
      every: minutes(5),
      silentAfter: hours(6),
      certificateOnly: true,
    });
  });

  test('take a member away where they are null, or false for a mark', () => {
    const known = { ...THING, silentAfter: hours(6), certificateOnly: true };
    const patch = z.strictObject(patchOf(Settings)).parse({ silent_after: null, certificate_only: false });
    expect(withMembers(Settings, known, patch)).toEqual(THING);
  });

  test('refuse null for a member that a thing always has, and durations under a second', () => {
    const patch = z.strictObject(patchOf(Settings));
    expect(patch.safeParse({ every: null }).success).toBe(false);
    expect(patch.safeParse({ every: '10ms' }).success).toBe(false);
    expect(patch.safeParse({ every: 'soon' }).success).toBe(false);
  });
});
