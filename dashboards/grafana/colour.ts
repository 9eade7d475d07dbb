import { type Threshold, type ThresholdsConfig, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Family, Limit } from '#model/readings/family.ts';
import { HAZARD_PALETTES, RAIN_BLUES, severityColours, SYSTEM_COLOUR } from '#model/readings/palette.ts';
import { ISPU_CATEGORIES } from '#science/air/ispu-categories.ts';
import { ISPU_P14_2020, type IspuPollutant } from '#science/air/ispu-tables.ts';
import { BBWS_HOUR } from '#science/hydrology/rainfall.ts';

/** The boards are built in this palette; `renderBoards` puts another in its place. */
const RANKS = HAZARD_PALETTES.standard;

/** The colour of a value below all levels, and of one without a category. */
export const NORMAL = RANKS[0];

/** A crossed level, by its rank. */
export const RANK_COLOUR = RANKS;

/** About devices and the service, not about a hazard. */
export const SYSTEM = SYSTEM_COLOUR;

/** The colours of alerts by severity. */
export const SEVERITY_COLOUR = severityColours(RANKS);

/** Steps from the lowest value up; the first colour is that of everything below the first step. */
export const steps = (
  first: string,
  ...rest: readonly (readonly [from: number, colour: string])[]
): ThresholdsConfig => ({
  mode: ThresholdsMode.Absolute,
  steps: [{ value: null, color: first }, ...rest.map(([value, color]): Threshold => ({ value, color }))],
});

/** Levels of hazards with a fixed number: of a bin, 60 % and 80 %. */
const levelSteps = (family: Family, property: string): readonly [number, string][] =>
  (family.hazards ?? [])
    .filter((hazard) => hazard.property === property)
    .flatMap(({ levels }) => levels)
    .flatMap(({ name, rank, raise: own }): [number, string][] => {
      const raise = own ?? family.limits.find((limit) => limit.name === name)?.raise;
      return typeof raise === 'number' ? [[raise, RANKS[rank]]] : [];
    });

/** The colour of the category of ISPU that ends or begins at a limit of an alert; undefined where there is none. */
const ispuColour = ({ property, raise }: Limit): string | undefined => {
  const edges = property === 'pm2_5' ? ISPU_P14_2020.edges['PM2.5'] : undefined;
  const index = typeof raise === 'number' ? (edges?.indexOf(raise) ?? -1) : -1;
  return index < 0 ? undefined : ISPU_CATEGORIES[index + 1]?.colour.hex;
};

const fixed = (limit: Limit): readonly [number, string][] =>
  typeof limit.raise === 'number' ? [[limit.raise, ispuColour(limit) ?? SEVERITY_COLOUR[limit.severity]]] : [];

/**
 * Levels and limits of a property as steps of colour. A level of a hazard comes before a limit of an alert; those that are attributes of
 * a station have no step of their own.
 */
export const limitSteps = (family: Family, property: string): ThresholdsConfig => {
  const levels = levelSteps(family, property);
  const limits = family.limits.filter((limit) => limit.property === property);
  const above = levels.length > 0 ? levels : limits.filter(({ direction }) => direction === 'above').flatMap(fixed);
  const below = limits.filter(({ direction }) => direction === 'below').flatMap(fixed);
  const [lowest, ...others] = below.toSorted(([a], [b]) => a - b);
  if (lowest === undefined) return steps(NORMAL, ...above.toSorted(([a], [b]) => a - b));
  // "at or below" ends where the next milder colour begins
  const ends = [lowest, ...others];
  const rising = ends.map(([value], index): [number, string] => [value, ends[index + 1]?.[1] ?? NORMAL]);
  return steps(lowest[1], ...rising, ...above.toSorted(([a], [b]) => a - b));
};

/** The categories of ISPU for a mean of 24 hours, µg/m³, in the colours of P.14/2020. */
export const ispuSteps = (pollutant: IspuPollutant): ThresholdsConfig => {
  const [first, ...others] = ISPU_CATEGORIES;
  if (first === undefined) throw new Error('ISPU has no categories');
  const edges = ISPU_P14_2020.edges[pollutant] ?? [];
  return steps(first.colour.hex, ...others.map(({ colour }, i): [number, string] => [edges[i] ?? 0, colour.hex]));
};

/** The classes of rain in an hour, mm. */
export const RAIN_STEPS: ThresholdsConfig = steps(
  RAIN_BLUES[0],
  ...BBWS_HOUR.classes
    .slice(0, -1)
    .map(([, upTo], i): [number, string] => [upTo, RAIN_BLUES[i + 1] ?? RAIN_BLUES[RAIN_BLUES.length - 1] ?? NORMAL]),
);
