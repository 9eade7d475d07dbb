import { HUMIDITY_TESTS, PRESSURE_TESTS, TEMPERATURE_TESTS } from '#model/quality/default-tests.ts';
import { defineFamily } from '#model/readings/family.ts';
import { HOUSEKEEPING } from '#model/readings/housekeeping.ts';

/** A weather mast. Rainfall is what fell since the device's last report, so it is summed over time, not averaged. */
export const weather = defineFamily({
  name: 'weather',
  title: { id: 'Cuaca', en: 'Weather' },
  headline: 'rainfall',
  properties: {
    rainfall: {
      title: { id: 'Curah hujan', en: 'Rainfall' },
      unit: 'mm',
      range: [0, 305],
      usual: [0, 60],
      decimals: 1,
      accumulates: true,
      signal: { mean: 0, follows: 'rain' },
    },
    temperature: {
      title: { id: 'Suhu udara', en: 'Air temperature' },
      unit: 'Cel',
      range: [-5, 50],
      usual: [8, 42],
      tests: TEMPERATURE_TESTS,
      decimals: 1,
      signal: { mean: 26, daily: 4, peakHour: 13, jitter: 0.1 },
    },
    relative_humidity: {
      title: { id: 'Kelembapan relatif', en: 'Relative humidity' },
      unit: '%',
      range: [0, 102],
      usual: [15, 100],
      tests: HUMIDITY_TESTS,
      decimals: 1,
      signal: { mean: 83, daily: 13, peakHour: 4, jitter: 0.5 },
    },
    pressure: {
      title: { id: 'Tekanan udara', en: 'Air pressure' },
      unit: 'hPa',
      range: [800, 1060],
      usual: [840, 1040],
      tests: PRESSURE_TESTS,
      decimals: 1,
      signal: { mean: 1005, daily: 1.5, peakHour: 9, jitter: 0.1 },
    },
    wind_speed: {
      title: { id: 'Kecepatan angin', en: 'Wind speed' },
      unit: 'm/s',
      range: [0, 75],
      usual: [0, 30],
      decimals: 1,
      signal: { mean: 1.8, daily: 1.2, peakHour: 14, jitter: 0.5 },
    },
    wind_direction: {
      title: { id: 'Arah angin', en: 'Wind direction' },
      unit: 'deg',
      range: [0, 360],
      decimals: 0,
      circular: true,
      weight: 'wind_speed',
      signal: { mean: 150, daily: 40, peakHour: 14, jitter: 15 },
    },
    ...HOUSEKEEPING,
  },
  limits: [
    {
      name: 'strong-wind',
      property: 'wind_speed',
      title: { id: 'Angin kencang', en: 'Strong wind' },
      raise: 12.5,
      hysteresis: 2.5,
      direction: 'above',
      holdMinutes: 2,
      severity: 'moderate',
    },
  ],
  crossChecks: [],
  hazards: [
    { name: 'rain', property: 'rainfall', levels: [] }, // a class of rain takes the sum of an hour or of a day
    {
      name: 'wind',
      property: 'wind_speed',
      levels: [{ name: 'strong-wind', rank: 1, word: { id: 'Angin kencang', en: 'Strong wind' } }],
    },
  ],
});
