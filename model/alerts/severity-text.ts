import type { Severity, Text } from '#model/readings/family.ts';

/** The words for severities in messages, boards and console: those of BNPB and BPBD for the three upper ones. */
export const SEVERITY_TEXT: Readonly<Record<Severity, Text>> = {
  minor: { id: 'Perhatian', en: 'minor' },
  moderate: { id: 'Waspada', en: 'moderate' },
  severe: { id: 'Siaga', en: 'severe' },
  extreme: { id: 'Awas', en: 'extreme' },
};

/** The word that stands in their place for an alert about the service or a device, which is not a hazard. */
export const SYSTEM_TEXT: Text = { id: 'Sistem', en: 'system' };
