import { z } from 'zod';
import { DurationMember } from '#model/base/document.ts';

const Span = z.tuple([z.number(), z.number()]).readonly();
const Above = z.number().positive();

/** Thresholds in the unit of the property: strictly above `suspect` is SUSPECT, strictly above `fail` is FAIL. */
const Thresholds = { suspect: Above.exactOptional(), fail: Above.exactOptional() };

const Spike = z.strictObject({ ...Thresholds, method: z.enum(['differential', 'average']).exactOptional() });

const RateOfChange = z.strictObject({
  /** Change in an hour. */
  ...Thresholds,
  /** Part of a change that is noise of the sensor, in the unit of the property. */
  noise: z.number().nonnegative().exactOptional(),
  /** A value is compared with the newest one that is older by this; 5 minutes by default. */
  least: DurationMember.exactOptional(),
  /** `rise`: a fall is never flagged. */
  direction: z.literal('rise').exactOptional(),
});

const FlatLine = z.strictObject({
  /** In the unit of the property: a series whose values differ by less is flat. */
  tolerance: Above,
  suspect: DurationMember,
  fail: DurationMember.exactOptional(),
});

const AttenuatedSignal = z.strictObject({
  /** In the unit of the property: a series that varies by less is SUSPECT. */
  suspect: Above,
  fail: Above.exactOptional(),
  period: DurationMember,
  statistic: z.enum(['std', 'range']).exactOptional(),
});

const TimeGap = z.strictObject({ span: DurationMember });

const Climatology = z
  .array(
    z.strictObject({
      period: z.enum(['month', 'quarter', 'week', 'dayofyear']),
      time: Span,
      suspect: Span,
      fail: Span.exactOptional(),
    }),
  )
  .readonly();

const Neighbours = z.strictObject({
  /** Kilometres to the farthest neighbour. */
  radius: Above,
  /** A deviation above this many times the usual deviation is SUSPECT. */
  factor: Above,
});

/** Parameters of the quality tests of one property. A test without parameters, and one that is null, does not run. */
export const PropertyTests = z
  .strictObject({
    spike: Spike.nullable().exactOptional(),
    'rate-of-change': RateOfChange.nullable().exactOptional(),
    'flat-line': FlatLine.nullable().exactOptional(),
    'attenuated-signal': AttenuatedSignal.nullable().exactOptional(),
    'time-gap': TimeGap.nullable().exactOptional(),
    climatology: Climatology.nullable().exactOptional(),
    neighbours: Neighbours.nullable().exactOptional(),
  })
  .readonly();
export type PropertyTests = z.infer<typeof PropertyTests>;
