import type { HazardRank, Severity } from './family.ts';

/** Colours of a hazard by its rank. The word of the level always stands beside the colour. */
export type HazardPalette = Readonly<Record<0 | HazardRank, string>>;

/**
 * `standard` goes from yellow to red. `television` has the colours of national warnings on television, where waspada is blue and siaga
 * yellow. State, console and boards have their colours from here.
 */
export const HAZARD_PALETTES = {
  standard: { 0: '#5b6c71', 1: '#f2c200', 2: '#f07d00', 3: '#d0021b' },
  television: { 0: '#5b6c71', 1: '#1f6fd0', 2: '#f2c200', 3: '#d0021b' },
} as const satisfies Readonly<Record<string, HazardPalette>>;
export type PaletteName = keyof typeof HAZARD_PALETTES;
export const PALETTE_NAMES = ['standard', 'television'] as const satisfies readonly PaletteName[];

/** Linear light of a channel of sRGB, 0 to 255. */
const linear = (channel: number): number => {
  const part = channel / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
};

/** Relative luminance of a colour `#rrggbb` (WCAG 2.2). */
const luminance = (colour: string): number => {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => linear(Number.parseInt(colour.slice(at, at + 2), 16)));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};

/** Contrast of two colours, from 1 to 21 (WCAG 2.2). */
export const contrastOf = (one: string, other: string): number => {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
};

/** The colour of a text on this colour: black or white, the one with more contrast. */
export const textOn = (colour: string): '#000000' | '#ffffff' =>
  contrastOf(colour, '#000000') >= contrastOf(colour, '#ffffff') ? '#000000' : '#ffffff';

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
