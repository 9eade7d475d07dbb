import { HAZARD_PALETTES, type PaletteName, severityColours, textOn } from '#model/readings/palette.ts';

const RANKS = [1, 2, 3] as const;

/** Gives the page the colours of the hazards, and of the texts on them. The word of each level stands beside its colour. */
export const showPalette = (name: PaletteName): void => {
  const palette = HAZARD_PALETTES[name];
  const { dataset, style } = document.documentElement;
  for (const rank of RANKS) {
    style.setProperty(`--rank-${rank}`, palette[rank]);
    style.setProperty(`--on-rank-${rank}`, textOn(palette[rank]));
  }
  for (const [severity, colour] of Object.entries(severityColours(palette))) style.setProperty(`--${severity}`, colour);
  dataset['palette'] = name;
};
