import { FILL_TESTS } from '#model/quality/default-tests.ts';
import { defineFamily } from '#model/readings/family.ts';
import { HOUSEKEEPING } from '#model/readings/housekeeping.ts';

/** A waste bin seen from under its lid: how full, how warm, still upright. */
export const waste = defineFamily({
  name: 'waste',
  title: { id: 'Wadah sampah', en: 'Waste bin' },
  headline: 'fill',
  properties: {
    fill: {
      title: { id: 'Isi wadah', en: 'Fill level' },
      unit: '%',
      range: [0, 100],
      tests: FILL_TESTS,
      decimals: 0,
      signal: { mean: 45, jitter: 0.5, follows: 'fill' },
    },
    distance: {
      title: { id: 'Jarak ke isi', en: 'Distance to contents' },
      unit: 'm',
      range: [0.02, 6],
      decimals: 3,
      signal: { mean: 0.7, jitter: 0.004, follows: 'fill' },
    },
    temperature: {
      title: { id: 'Suhu wadah', en: 'Bin temperature' },
      unit: 'Cel',
      range: [-10, 125],
      usual: [5, 60],
      decimals: 1,
      signal: { mean: 30, daily: 7, peakHour: 13, jitter: 0.3 },
    },
    tilt: {
      title: { id: 'Miring', en: 'Tilted' },
      unit: '1',
      range: [0, 1],
      decimals: 0,
      signal: { mean: 0 },
    },
    ...HOUSEKEEPING,
  },
  limits: [
    {
      name: 'full',
      property: 'fill',
      title: { id: 'Wadah sampah penuh', en: 'Bin full' },
      raise: 80,
      hysteresis: 10,
      direction: 'above',
      holdMinutes: 30,
      severity: 'minor',
    },
    {
      name: 'fire',
      property: 'temperature',
      title: { id: 'Dugaan kebakaran wadah', en: 'Suspected bin fire' },
      raise: 60,
      hysteresis: 10,
      direction: 'above',
      holdMinutes: 0,
      severity: 'severe',
    },
  ],
  crossChecks: [],
  hazards: [
    {
      name: 'fill',
      property: 'fill',
      levels: [
        { name: 'nearly-full', rank: 1, word: { id: 'Hampir penuh', en: 'Nearly full' }, raise: 60 },
        { name: 'full', rank: 2, word: { id: 'Penuh', en: 'Full' } },
      ],
    },
    {
      name: 'fire',
      property: 'temperature',
      levels: [{ name: 'fire', rank: 3, word: { id: 'Dugaan kebakaran', en: 'Suspected fire' } }],
    },
  ],
  isOfDevice: true,
});
