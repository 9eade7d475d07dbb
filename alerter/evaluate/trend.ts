import { type Duration, minutes } from '#model/base/duration.ts';
import type { SeenEvidence, Trend } from '#model/alerts/alert.ts';

/** A value that has moved by less than the band for this time is steady. */
const CALM: Duration = minutes(15);

/**
 * The trend of a value against an anchor that follows it. Only a move of a whole band counts, so that the
 * noise of a sensor is no trend.
 * @param band in the unit of the values
 */
export const trendOf = (
  before: { readonly trend: Trend; readonly anchor: SeenEvidence },
  now: SeenEvidence,
  band: number,
): { readonly trend: Trend; readonly anchor: SeenEvidence } => {
  const moved = now.value - before.anchor.value;
  if (Math.abs(moved) >= band) return { trend: moved > 0 ? 'rising' : 'falling', anchor: now };
  if (now.at - before.anchor.at > CALM.ms) return { trend: 'steady', anchor: now };
  return { trend: before.trend, anchor: before.anchor };
};
