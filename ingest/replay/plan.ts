import { z } from 'zod';
import { CLASSIFICATIONS } from '#storage/operations/storing.ts';
import { type FaultCode, isFaultCode } from '#model/base/fault.ts';
import { FLAG } from '#model/readings/flag.ts';
import { NO_TESTS } from '#model/quality/quality-tests.ts';
import { TIMED_BY } from '#model/readings/reading.ts';

const Reading = z.object({
  device: z.string(),
  station: z.string(),
  family: z.string(),
  property: z.string(),
  value: z.number(),
  flag: z.literal(Object.values(FLAG)),
  /** A plan from before the flags of single tests were kept has none. */
  tests: z.int().default(NO_TESTS),
  observedAt: z.number(),
  receivedAt: z.number(),
  timedBy: z.enum(TIMED_BY),
  sequence: z.number(),
  place: z.string(),
});

const Part = z.object({
  place: z.string(),
  code: z.custom<FaultCode>((code) => typeof code === 'string' && isFaultCode(code)),
  detail: z.string(),
  readings: z.number(),
  further: z.number(),
});

const Identified = z.object({
  device: z.string(),
  identity: z.object({ name: z.string(), content: z.string() }),
  from: z.number(),
  to: z.number(),
});

/** A packet of the quarantine that a step of a replay is about. */
const PlannedPacket = z.object({
  id: z.number(),
  /** Its number in the replay, which its readings carry. */
  sequence: z.number(),
  device: z.string(),
  /** Hour of its arrival. */
  hour: z.number(),
  codec: z.string(),
  codecVersion: z.number(),
  /** Readings that were lost to it so far. */
  lost: z.number(),
  /** Parts refused this time, without those that the store will refuse. */
  refused: z.array(Part),
  missing: z.number(),
  note: z.string(),
});
export type PlannedPacket = z.infer<typeof PlannedPacket>;

/**
 * A step of a replay as it is put down before the store is touched: what is written, under which numbers, and how it is
 * counted. It holds the readings themselves, so that a restart does exactly this whatever the registry says by then.
 */
export const ReplayPlan = z.object({
  /** Journal whose entries are replayed, and the name under which the replay's own numbers stand in the store. */
  journal: z.string(),
  under: z.string(),
  from: z.number(),
  to: z.number(),
  /** In order; duplicates are among them where they are counted. */
  readings: z.array(Reading),
  classifications: z.array(z.tuple([z.number(), z.enum(CLASSIFICATIONS)])),
  superseded: z.array(z.number()),
  newestTimes: z.array(z.object({ device: z.string(), newest: z.number() })),
  /** Readings with an identity, by position; a plan from before this was kept has none. */
  identified: z.array(Identified).default([]),
  /** Readings that are stored at another time than the one that they came with, by their entry of the journal. */
  moved: z
    .array(z.object({ journal: z.string(), sequence: z.number(), place: z.string(), observedAt: z.number() }))
    .default([]),
  packets: z.array(PlannedPacket),
  /** Person who ordered it; absent in plans from before this was recorded. */
  by: z.string().optional(),
});
export type ReplayPlan = z.infer<typeof ReplayPlan>;
