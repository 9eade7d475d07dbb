import { type Threshold, type ThresholdsConfig, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Family, Limit, Severity } from '#model/readings/family.ts';

/** Nothing to worry about. */
export const CALM = '#3cb371';
/** Says nothing: silent, unknown. */
export const GREY = '#8e8e8e';

/** The colours of the flood levels, which have one severity each: waspada yellow, siaga orange, awas red. */
export const SEVERITY_COLOUR: Readonly<Record<Severity, string>> = {
  minor: '#5794f2',
  moderate: '#f2cc0c',
  severe: '#ff780a',
  extreme: '#e02f44',
};

/** Steps from the lowest value up; the first colour is that of everything below the first step. */
export const steps = (
  first: string,
  ...rest: readonly (readonly [from: number, colour: string])[]
): ThresholdsConfig => ({
  mode: ThresholdsMode.Absolute,
  steps: [{ value: null, color: first }, ...rest.map(([value, color]): Threshold => ({ value, color }))],
});

const fixed = (limit: Limit): readonly [number, string][] =>
  typeof limit.raise === 'number' ? [[limit.raise, SEVERITY_COLOUR[limit.severity]]] : [];

/** The limits of a property as steps of colour; limits that are attributes of a station have no step of their own. */
export const limitSteps = (family: Family, property: string): ThresholdsConfig => {
  const limits = family.limits.filter((limit) => limit.property === property);
  const above = limits.filter(({ direction }) => direction === 'above').flatMap(fixed);
  const below = limits.filter(({ direction }) => direction === 'below').flatMap(fixed);
  const [lowest, ...others] = below.toSorted(([a], [b]) => a - b);
  if (lowest === undefined) return steps(CALM, ...above.toSorted(([a], [b]) => a - b));
  // "at or below" ends where the next milder colour begins
  const ends = [lowest, ...others];
  const rising = ends.map(([value], index): [number, string] => [value, ends[index + 1]?.[1] ?? CALM]);
  return steps(lowest[1], ...rising, ...above.toSorted(([a], [b]) => a - b));
};

/**
 * Colours and upper edges of the national air index for a mean of 24 hours, µg/m³ (P.14/2020, KEP-107/1997): hijau, biru,
 * kuning, merah, hitam. Blue and yellow differ from every other palette, so they are used for the index alone.
 */
const INDEX_COLOURS = ['#00cc00', '#0000cc', '#cccc00', '#cc0000', '#000000'] as const;

/** Index bands from their edges. */
const bands = (...edges: readonly number[]): ThresholdsConfig =>
  steps(INDEX_COLOURS[0], ...edges.map((edge, i): [number, string] => [edge, INDEX_COLOURS[i + 1] ?? '#000000']));

export const PM2_5_BANDS = bands(15.5, 55.4, 150.4, 250.4);
export const PM10_BANDS = bands(50, 150, 350, 420);
