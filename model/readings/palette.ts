import type { HazardRank, Severity } from './family.ts';

/** Colours of a hazard by its rank. The word of the level always stands beside the colour. */
export type HazardPalette = Readonly<Record<0 | HazardRank, string>>;

/**
 * `levels` goes from yellow to red. `warnings` has the colours of national warnings, where waspada is blue and siaga yellow. The
 * console has the first in `style/tokens.css`.
 */
export const HAZARD_PALETTES = {
  levels: { 0: '#5b6c71', 1: '#f2c200', 2: '#f07d00', 3: '#d0021b' },
  warnings: { 0: '#5b6c71', 1: '#1f6fd0', 2: '#f2c200', 3: '#d0021b' },
} as const satisfies Readonly<Record<string, HazardPalette>>;
export type PaletteName = keyof typeof HAZARD_PALETTES;

/** What concerns devices and the service, which is not a hazard: silent, offline, store away. */
export const SYSTEM_COLOUR = '#6b5b95';

/** Colours of the severities of alerts: those of the levels, and a darker yellow for a minor alert. */
export const severityColours = (palette: HazardPalette): Readonly<Record<Severity, string>> => ({
  minor: '#b8920a',
  moderate: palette[1],
  severe: palette[2],
  extreme: palette[3],
});

/** Classes of rain, from the lightest. */
export const RAIN_BLUES = ['#c6dbef', '#9ecae1', '#6baed6', '#3182bd', '#08519c'] as const;
