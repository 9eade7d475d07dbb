import { z } from 'zod';
import type { PropertyTests } from '#model/quality/property-tests.ts';

/** A text for people, in Indonesian and in English. */
export const Text = z.object({ id: z.string(), en: z.string() });
export type Text = Readonly<z.infer<typeof Text>>;

/** A closed span of values, in the property's unit. */
export type PropertySpan = readonly [low: number, high: number];

/** A plausible value of the simulator: a mean, a daily swing and noise, all in the property's unit. */
export interface Signal {
  readonly mean: number;
  /** Half the difference between the day's high and low. */
  readonly daily?: number;
  /** Local hour (WIB) of the daily high. */
  readonly peakHour?: number;
  /** Standard deviation of the noise from report to report. */
  readonly jitter?: number;
  /** The part of the fleet's weather that the value follows instead. */
  readonly follows?: 'rain' | 'river' | 'particles' | 'fill' | 'charge';
}

export interface Property {
  readonly title: Text;
  /** UCUM code; the text for people is in `model/readings/unit.ts`. */
  readonly unit: string;
  /** Gross range: outside, the value is flagged FAIL and kept. */
  readonly range: PropertySpan;
  /** Station attributes that narrow the gross range where they are set: a gauge's zero, the height of a bridge deck. */
  readonly rangeAttributes?: { readonly low?: string; readonly high?: string };
  /** Outside, the value is flagged SUSPECT and kept. */
  readonly usual?: PropertySpan;
  /** Inside its gross range a value is taken as real, whatever other checks find: a flood looks like a fault. */
  readonly isRealInRange?: true;
  /** Parameters of the quality tests that look at its values in their order (`model/quality/`). */
  readonly tests?: PropertyTests;
  /** Decimals that the sensor resolves; also how the value is shown. */
  readonly decimals: number;
  /** Molar mass in g/mol of a gas that devices may report in ppb or ppm. */
  readonly molarMass?: number;
  /** A direction is averaged as a vector: 350° and 10° give 0°, not 180°. */
  readonly circular?: true;
  /** Of a direction: the property that weighs it in a mean. */
  readonly weight?: string;
  /** An amount since the last report is summed, not averaged, where one value must stand for many. */
  readonly accumulates?: true;
  readonly signal: Signal;
}

/** From the mildest to the gravest. */
export const SEVERITIES = ['minor', 'moderate', 'severe', 'extreme'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** A default alert rule of the family. */
export interface Limit<P extends string = string> {
  readonly name: string;
  readonly property: P;
  readonly title: Text;
  /** Raise at or above (`above`) or at or below (`below`) this level; a text names a station attribute that holds it. */
  readonly raise: number | string;
  /** Distance from `raise` to the value at which the alert clears, in the property's unit. */
  readonly hysteresis: number;
  readonly direction: 'above' | 'below';
  readonly holdMinutes: number;
  readonly severity: Severity;
}

/** Severity of a crossed level; 3 is the highest. Alerts have severities of their own: a full bin is a minor alert. */
export const HAZARD_RANKS = [1, 2, 3] as const;
export type HazardRank = (typeof HAZARD_RANKS)[number];

/** A level of a hazard, and the word for a station whose newest valid value has crossed it. */
export interface HazardLevel {
  /** Name of a limit of the family, whose level and direction it shares, unless `raise` gives a level of its own. */
  readonly name: string;
  readonly rank: HazardRank;
  readonly word: Text;
  /** Crossed at or above this level, in the unit of the property; it raises no alert. */
  readonly raise?: number;
}

/** A danger that the state of a station tells of, by the newest valid value of one property. */
export interface Hazard<P extends string = string> {
  readonly name: string;
  readonly property: P;
  /** From the mildest. None where a single value gives no category: that takes a mean or a sum over hours. */
  readonly levels: readonly HazardLevel[];
}

/** A value that cannot stand alone: `property ≤ factor × of`, else both are SUSPECT. */
export interface CrossCheck<P extends string = string> {
  readonly property: P;
  readonly atMost: number;
  readonly of: P;
}

/**
 * A kind of sensor package. Simulator, validator, quality checks, boards, default alert rules and API documentation
 * are all derived from this one definition.
 */
export interface Family<P extends string = string> {
  /** Also the measurement in InfluxDB. */
  readonly name: string;
  readonly title: Text;
  readonly properties: Readonly<Record<P, Property>>;
  /** The property that stands for the station where there is room for only one. */
  readonly headline: NoInfer<P>;
  readonly limits: readonly Limit<NoInfer<P>>[];
  readonly crossChecks: readonly CrossCheck<NoInfer<P>>[];
  /** Absent where a state cannot be told from values: its stations are shown without a category. */
  readonly hazards?: readonly Hazard<NoInfer<P>>[];
  /** Each device watches a thing of its own, as a bin; otherwise all devices of a station watch the same. */
  readonly isOfDevice?: true;
}

/** Names the properties once and holds every mention of one to those names. */
export const defineFamily = <const P extends string>(family: Family<P>): Family<P> => family;
