import type { Property } from './family.ts';

/** Properties that a device of any family may report about itself. LoRa limits after Semtech's sensitivity tables. */
export const HOUSEKEEPING = {
  battery_voltage: {
    title: { id: 'Tegangan baterai', en: 'Battery voltage' },
    unit: 'V',
    range: [2, 16],
    decimals: 2,
    signal: { mean: 3.9, daily: 0.2, peakHour: 14, jitter: 0.01, follows: 'charge' },
  },
  battery_level: {
    title: { id: 'Daya baterai', en: 'Battery level' },
    unit: '%',
    range: [0, 100],
    usual: [10, 100],
    decimals: 0,
    signal: { mean: 80, daily: 15, peakHour: 15, jitter: 0.5, follows: 'charge' },
  },
  rssi: {
    title: { id: 'Kuat sinyal', en: 'Signal strength' },
    unit: 'dB{mW}',
    range: [-150, 0],
    usual: [-125, -20],
    decimals: 0,
    signal: { mean: -92, jitter: 4 },
  },
  snr: {
    title: { id: 'Rasio sinyal-derau (SNR)', en: 'Signal-to-noise ratio' },
    unit: 'dB',
    range: [-25, 20],
    decimals: 1,
    signal: { mean: 6, jitter: 2 },
  },
} as const satisfies Readonly<Record<string, Property>>;
