import { Fault } from '#model/base/fault.ts';
import { type Dated, inForce } from '#science/in-force.ts';

/** One piece of a rating curve: `Q = a (h − h0)^b`, and 0 where h ≤ h0. */
export interface RatingSegment {
  /** Highest stage of the segment, m; it belongs to the segment. The last segment goes on above it. */
  readonly to: number;
  readonly a: number;
  /** Stage at which the flow ends, m. */
  readonly h0: number;
  readonly b: number;
}

/** A dated shift in m: what is added to the observed stage before it goes into the curve, while the bed has changed. */
export interface RatingShift extends Dated {
  readonly shift: number;
}

export interface RatingCurve {
  /** At least one, from low to high. */
  readonly segments: readonly RatingSegment[];
  /** Lowest and highest stage at which the flow was measured, m. Outside, the discharge is extrapolated. */
  readonly gauged: readonly [low: number, high: number];
  readonly shifts?: readonly RatingShift[];
}

export interface Discharge {
  /** m³/s, not rounded; it has three significant digits. */
  readonly discharge: number;
  /** The stage lies outside the gauged range: never to be shown without this mark. */
  readonly extrapolated: boolean;
  /** The shift that was applied, m; 0 where none was in force. */
  readonly shift: number;
}

/** Throws `SETTING_INVALID` where a curve cannot be used. */
export const checkRatingCurve = ({ segments, gauged }: RatingCurve): void => {
  if (segments.length === 0) throw new Fault('SETTING_INVALID', 'a rating curve needs at least one segment');
  for (const [i, { to, a, b }] of segments.entries()) {
    if (!(a > 0 && b > 0))
      throw new Fault('SETTING_INVALID', `segment ${i + 1} of the rating curve needs a and b above 0`);
    const before = segments[i - 1];
    if (before !== undefined && !(to > before.to)) {
      throw new Fault('SETTING_INVALID', 'the segments of a rating curve go from the lowest stage to the highest');
    }
  }
  if (!(gauged[0] < gauged[1]))
    throw new Fault('SETTING_INVALID', 'the gauged range goes from a lower to a higher stage');
};

const flowOf = ({ a, h0, b }: RatingSegment, stage: number): number => (stage <= h0 ? 0 : a * (stage - h0) ** b);

/**
 * Discharge at a stage by a piecewise power law with dated shifts (ISO 18320:2020; practice of the USGS). At a
 * junction the lower segment holds its upper end. The unit of the discharge is that of the constants.
 * @param stage m above the gauge zero
 * @param at ms since 1970, the time of the stage, for the shift; without it no shift is applied
 * @returns undefined where the curve has no segment or the stage is not a finite number
 */
export const dischargeAt = (curve: RatingCurve, stage: number, at?: number): Discharge | undefined => {
  const shift = at === undefined ? 0 : (inForce(curve.shifts ?? [], at)?.shift ?? 0);
  const effective = stage + shift;
  const segment = curve.segments.find(({ to }) => effective <= to) ?? curve.segments.at(-1);
  if (segment === undefined || !Number.isFinite(effective)) return undefined;
  const [low, high] = curve.gauged;
  return { discharge: flowOf(segment, effective), extrapolated: effective < low || effective > high, shift };
};

/**
 * Stage at which a curve gives a discharge; where it jumps over the discharge at a junction, the stage of the junction.
 * @param discharge above 0, in the unit of the constants
 * @returns stage in m, without a shift; undefined where the curve has no segment or the discharge is not above 0
 */
export const stageAt = ({ segments }: RatingCurve, discharge: number): number | undefined => {
  if (!(discharge > 0) || !Number.isFinite(discharge)) return undefined;
  let from = -Infinity;
  for (const [i, { to, a, h0, b }] of segments.entries()) {
    const stage = Math.max(h0 + (discharge / a) ** (1 / b), from);
    if (stage <= to || i === segments.length - 1) return stage;
    from = to;
  }
  return undefined;
};

/** A measured pair of stage (m) and discharge. */
export interface Gauging {
  readonly stage: number;
  readonly discharge: number;
}

/**
 * The segment through two gaugings with a given offset: a straight line in log space.
 * @param h0 below both stages
 * @returns undefined where the two do not determine a rising curve above h0
 */
export const segmentThrough = (lower: Gauging, upper: Gauging, h0: number): RatingSegment | undefined => {
  const b = Math.log(upper.discharge / lower.discharge) / Math.log((upper.stage - h0) / (lower.stage - h0));
  const a = lower.discharge / (lower.stage - h0) ** b;
  return b > 0 && a > 0 && Number.isFinite(a * b) ? { to: upper.stage, a, h0, b } : undefined;
};
