import { STAGE_TESTS } from '#model/quality/default-tests.ts';
import { defineFamily } from '#model/readings/family.ts';
import { HOUSEKEEPING } from '#model/readings/housekeeping.ts';

/**
 * A river gauge. Stage is counted from the gauge zero of its station; the warning levels are attributes of the
 * station (`waspada`, `siaga`, `awas`, in m), for there is no national number.
 */
export const river = defineFamily({
  name: 'river',
  title: { id: 'Tinggi muka air sungai', en: 'River level' },
  headline: 'stage',
  properties: {
    stage: {
      title: { id: 'Tinggi muka air', en: 'Stage' },
      unit: 'm',
      range: [-1, 25],
      rangeAttributes: { low: 'stage_min', high: 'stage_max' },
      isRealInRange: true,
      tests: STAGE_TESTS,
      decimals: 3,
      signal: { mean: 1, jitter: 0.003, follows: 'river' },
    },
    distance: {
      title: { id: 'Jarak sensor ke air', en: 'Distance to water' },
      unit: 'm',
      range: [0.03, 30],
      rangeAttributes: { high: 'h_ref' },
      decimals: 3,
      signal: { mean: 6, jitter: 0.003, follows: 'river' },
    },
    flow: {
      title: { id: 'Debit', en: 'Discharge' },
      unit: 'm3/s',
      range: [0, 5000],
      usual: [0, 2000],
      decimals: 2,
      signal: { mean: 24, jitter: 0.2, follows: 'river' },
    },
    temperature: {
      title: { id: 'Suhu air', en: 'Water temperature' },
      unit: 'Cel',
      range: [0, 45],
      usual: [15, 36],
      decimals: 1,
      signal: { mean: 25, daily: 1.5, peakHour: 15, jitter: 0.05 },
    },
    ...HOUSEKEEPING,
  },
  limits: [
    {
      name: 'waspada',
      property: 'stage',
      title: { id: 'Waspada banjir', en: 'Flood watch (waspada)' },
      raise: 'waspada',
      hysteresis: 0.1,
      direction: 'above',
      holdMinutes: 5,
      severity: 'moderate',
    },
    {
      name: 'siaga',
      property: 'stage',
      title: { id: 'Siaga banjir', en: 'Flood warning (siaga)' },
      raise: 'siaga',
      hysteresis: 0.1,
      direction: 'above',
      holdMinutes: 2,
      severity: 'severe',
    },
    {
      name: 'awas',
      property: 'stage',
      title: { id: 'Awas banjir', en: 'Flood emergency (awas)' },
      raise: 'awas',
      hysteresis: 0.1,
      direction: 'above',
      holdMinutes: 0,
      severity: 'extreme',
    },
  ],
  crossChecks: [],
  hazards: [
    {
      name: 'river',
      property: 'stage',
      levels: [
        { name: 'waspada', rank: 1, word: { id: 'Waspada', en: 'Waspada' } },
        { name: 'siaga', rank: 2, word: { id: 'Siaga', en: 'Siaga' } },
        { name: 'awas', rank: 3, word: { id: 'Awas', en: 'Awas' } },
      ],
    },
  ],
});
