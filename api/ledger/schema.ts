import { z } from 'zod';
import { type LedgerColumn } from '#ingest/ledger/balance.ts';
import { LEDGER_GROUPS } from '#ingest/ledger/group.ts';
import { Time } from '#model/base/document.ts';
import { instantParameter, zoneParameter } from '#model/parameters.ts';
import { DeviceId } from '#model/registry/names.ts';

export const LedgerParameters = z.strictObject({
  device: DeviceId.optional(),
  from: instantParameter('In the first hour of arrival; 24 hours before `to` when absent.').optional(),
  to: instantParameter('In the last hour of arrival; now when absent.').optional(),
  by: z
    .enum(LEDGER_GROUPS)
    .optional()
    .meta({ description: 'Sums of the lines in `groups`; `lines` is then empty.', examples: ['day'] }),
  tz: zoneParameter,
});

const Count = z.int();

/** Messages: `received = processed + quarantined + discarded + waiting`. Readings: `decoded = stored + duplicates + refused`. */
const COUNTS = {
  received: Count,
  processed: Count,
  quarantined: Count,
  discarded: Count,
  waiting: Count.meta({ description: 'In the journal, not yet processed.' }),
  decoded: Count,
  stored: Count,
  duplicates: Count,
  refused: Count,
  revised: Count.meta({ description: 'Stored readings that replaced an earlier value.' }),
  missing: Count.meta({ description: 'Members without a value, which give no reading.' }),
} satisfies Record<LedgerColumn, z.ZodType>;

const COUNTS_EXAMPLE = {
  received: 60,
  processed: 58,
  quarantined: 1,
  discarded: 0,
  waiting: 1,
  decoded: 290,
  stored: 285,
  duplicates: 5,
  refused: 0,
  revised: 0,
  missing: 2,
};

/** The conservation count, as an answer. */
export const LedgerDocument = z
  .object({
    journal: z.string().meta({ description: 'Id of the counted journal.' }),
    through: Count.meta({ description: 'Every count includes exactly the entries up to this one.' }),
    balanced: z.boolean(),
    explanation: z.string(),
    totals: z.object({ ...COUNTS, balanced: z.boolean() }),
    lines: z.array(z.object({ device: z.string(), hour: Time, ...COUNTS, balanced: z.boolean() })),
    groups: z.array(
      z.object({
        of: z.string().meta({ description: 'Start of the hour, date of the day, or the device.' }),
        ...COUNTS,
        balanced: z.boolean(),
      }),
    ),
  })
  .meta({
    examples: [
      {
        journal: '5f0c9a52d1e84b7f',
        through: 18_240,
        balanced: true,
        explanation:
          'received = processed + quarantined + discarded + waiting, and decoded = stored + duplicates + refused',
        totals: { ...COUNTS_EXAMPLE, balanced: true },
        lines: [{ device: 'aq-bukateja-1', hour: '2026-11-24T03:00:00.000Z', ...COUNTS_EXAMPLE, balanced: true }],
        groups: [],
      },
    ],
  });

const VerifyProgressLine = z.object({ days_done: z.int(), days: z.int() });

/** The result of a comparison of the ledger with the store. */
export const VerificationDocument = z.object({
  store: z.string(),
  verified: z.boolean(),
  expected: z.int(),
  found: z.int(),
  mismatched: z.int(),
  mismatches: z
    .array(
      z.object({
        device: z.string(),
        property: z.string(),
        hour: z.string().meta({ description: 'Hour of observation, RFC 3339.' }),
        expected: z.int(),
        found: z.int(),
      }),
    )
    .meta({ description: 'The first mismatches, at most a hundred.' }),
});

/** A line of the answer: the progress, and in the last line the result. */
export const VerifyLine = z.union([VerifyProgressLine, VerificationDocument]).meta({
  examples: [
    { days_done: 1, days: 1 },
    { store: 'duckdb', verified: true, expected: 5_760, found: 5_760, mismatched: 0, mismatches: [] },
  ],
});
