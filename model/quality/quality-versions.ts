import { z } from 'zod';
import { InstantMember } from '#model/base/document.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Family } from '#model/readings/family.ts';
import { StationId } from '#model/registry/names.ts';
import { PropertyTests } from './property-tests.ts';

/** Parameters by property. Each test that is named replaces the test of the family. */
const Overrides = z.record(z.string(), PropertyTests).readonly();

/** Parameters from a date on, for values that were observed then or later. */
export const QualityVersion = z.strictObject({
  version: z.int().positive(),
  from: InstantMember,
  /** By family and property. */
  families: z.record(z.string(), Overrides).readonly().exactOptional(),
  /** By station and property: they go before those of the family. */
  stations: z.record(StationId, Overrides).readonly().exactOptional(),
});
export type QualityVersion = Readonly<z.infer<typeof QualityVersion>>;

/** The parameters of a series, and the span of observed times for which they are in force. */
export interface TestsInForce {
  readonly tests: PropertyTests;
  /** 0: those that the family has by itself. */
  readonly version: number;
  readonly from: Instant;
  /** Not included. */
  readonly until: Instant;
}

const NO_TESTS: PropertyTests = {};

/** The parameters that are in force for a value of a property that was observed at an instant. */
export const testsAt = (
  versions: readonly QualityVersion[],
  { station, family, property }: { readonly station: string; readonly family: Family; readonly property: string },
  at: Instant,
): TestsInForce => {
  const own = family.properties[property]?.tests ?? NO_TESTS;
  const next = versions.find(({ from }) => from > at);
  const version = versions.findLast(({ from }) => from <= at);
  const until = next?.from ?? Number.POSITIVE_INFINITY;
  if (version === undefined) return { tests: own, version: 0, from: Number.NEGATIVE_INFINITY, until };
  const ofFamily = version.families?.[family.name]?.[property];
  const ofStation = version.stations?.[station]?.[property];
  return { tests: { ...own, ...ofFamily, ...ofStation }, version: version.version, from: version.from, until };
};
