import { HOUSEKEEPING } from '#model/readings/housekeeping.ts';
import { FAMILIES } from '#model/families/index.ts';
import type { Flag } from '#model/readings/flag.ts';
import { formatInstant, type Instant } from '#model/base/instant.ts';
import type { Qualified } from '#model/readings/reading.ts';
import type { State } from '#model/registry/state.ts';
import type { ShownAlert } from '#runtime/board-series-points.ts';
import type { StationState } from '#api/stations/schema.ts';
import { aReading, MORNING } from './readings.ts';

const MINUTE = 60_000;

/** The range that the boards show: three hours, in windows of ten minutes. */
export const RANGE = { from: MORNING, to: MORNING + 180 * MINUTE } as const;
export const WINDOW_MS = 10 * MINUTE;

/** For so long nothing came from the second station of each family, and nothing was written of the pipeline. */
export const OUTAGE = { from: RANGE.from + 61 * MINUTE, to: RANGE.from + 99 * MINUTE } as const;
const isOut = (at: Instant): boolean => at > OUTAGE.from && at < OUTAGE.to;

/** Two stations of each family with one device each, but three bins in two places. One name begins like the other. */
const PLACES = FAMILIES.flatMap(({ name }, i) =>
  [1, 12].flatMap((place) => {
    const devices = name === 'waste' && place === 1 ? [1, 2] : [1];
    return devices.map((device) => ({
      family: name,
      station: `${name.toUpperCase()}-${place}`,
      device: `${name}-${place}-${device}`,
      level: 10 * i + 3 * place + device,
    }));
  }),
);

/** Every seventh value of a property failed its checks, every fifth is suspect. */
const flagOf = (index: number): Flag => {
  if (index % 7 === 3) return 4;
  return index % 5 === 2 ? 3 : 1;
};

/**
 * Readings every four minutes from ten hours before the range until half an hour behind it. The first device of a first
 * station reports on the minute, so also on the full hour, and the others later.
 */
export const READINGS: readonly Qualified[] = PLACES.flatMap(({ family, station, device, level }) => {
  const properties = Object.keys(FAMILIES.find(({ name }) => name === family)?.properties ?? {});
  const later = device.endsWith('-1-1') ? 0 : level * 1_000;
  return Array.from({ length: 202 }, (_, step) => RANGE.from + (step - 150) * 4 * MINUTE + later).flatMap(
    (observedAt, step) =>
      station.endsWith('-12') && isOut(observedAt)
        ? []
        : properties.map((property, p) =>
            aReading({
              family,
              station,
              device,
              property,
              observedAt,
              value: Math.round((level + p + Math.sin(step / 9) * 5) * 100) / 100,
              flag: flagOf(step + p),
            }),
          ),
  );
});

/** The second station of each family is silent; a station's devices are those of its places. */
export const STATES: readonly StationState[] = PLACES.filter(({ device }) => device.endsWith('-1')).map((place, i) => {
  const family = FAMILIES.find(({ name }) => name === place.family);
  const headline = family?.headline ?? '';
  const silent = place.station.endsWith('-12');
  const devices = PLACES.filter(({ station }) => station === place.station).map(({ device }, d) => ({
    id: device,
    every: '1m',
    silence_limit_seconds: 210,
    revoked: false,
    presence: silent ? ('offline' as const) : ('online' as const),
    silent,
    ...(silent ? { silent_cause: 'device-offline' as const } : { clock_skew_seconds: 90 }),
    clock_wrong: !silent,
    last_seen: formatInstant(RANGE.from + (i + d) * MINUTE),
  }));
  return {
    id: place.station,
    family: place.family,
    name: `Place "${i}", with a comma`,
    lat: -7.3 - i / 100,
    lon: 109.3 + i / 100,
    attributes: place.family === 'river' ? { waspada: 1 + i, siaga: 2 + i, awas: 3 + i, note: 'gauge' } : {},
    family_title: family?.title ?? { id: '', en: '' },
    headline,
    silent,
    devices,
    last: [
      {
        device: place.device,
        property: headline,
        title: { id: headline, en: headline },
        value: 20 + i,
        decimals: 1,
        unit: '1',
        unit_text: '',
        flag: 1 as const,
        observed_at: formatInstant(RANGE.from + i * MINUTE),
        received_at: formatInstant(RANGE.from + i * MINUTE),
        timed_by: 'device' as const,
        age_seconds: 0,
      },
    ],
  };
});

/** States of the stations: each level in turn, and a stale one whose devices are silent. */
export const STATION_STATES: readonly State[] = STATES.map(({ id, name, family, silent }, i) => ({
  station: id,
  name,
  family,
  at: formatInstant(RANGE.from),
  hazard: {
    name: family,
    level: ['normal', 'waspada', 'siaga', 'awas'][i % 4] ?? 'normal',
    rank: ([0, 1, 2, 3] as const)[i % 4] ?? 0,
    word: {
      id: ['Normal', 'Waspada', 'Siaga', 'Awas'][i % 4] ?? '',
      en: ['Normal', 'Watch', 'Warning', 'Alarm'][i % 4] ?? '',
    },
    reason: null,
    device: null,
  },
  assurance: silent ? ('stale' as const) : ('valid' as const),
  system: { state: silent ? ('silent' as const) : ('in-order' as const), devices: 1, of: 1 },
  value: null,
  devices: [],
}));

/** When stations and devices were written: before the range, twice in it. */
export const FACTS_AT: readonly Instant[] = [RANGE.from - MINUTE, RANGE.from + 5 * MINUTE, RANGE.from + 65 * MINUTE];

const alert = (given: Partial<ShownAlert>): ShownAlert => ({
  station: 'RIVER-1',
  device: 'river-1-1',
  rule: 'siaga',
  state: 'firing',
  severity: 'severe',
  title: { id: 'Siaga banjir', en: 'Flood warning' },
  value: 3.7,
  observedAt: RANGE.from,
  since: RANGE.from - 2 * MINUTE,
  ...given,
});

/** In order: one fires since long before the range, one is over, one fired again, one is pending. */
export const ALERTS: readonly ShownAlert[] = [
  alert({ observedAt: RANGE.from - 3_000 * MINUTE, since: RANGE.from - 3_001 * MINUTE }),
  alert({ rule: 'waspada', severity: 'moderate' }),
  alert({ rule: 'waspada', severity: 'moderate', state: 'resolved', observedAt: RANGE.from + MINUTE }),
  alert({ station: 'WASTE-1', device: 'waste-1-2', rule: 'full', value: 90 }),
  alert({ station: 'WASTE-1', device: 'waste-1-2', rule: 'full', state: 'resolved', observedAt: RANGE.from + MINUTE }),
  alert({ station: 'WASTE-1', device: 'waste-1-2', rule: 'full', value: 95, observedAt: RANGE.from + 2 * MINUTE }),
  alert({ rule: 'awas', state: 'pending' }),
];

/** The pipeline's figures, a counter of which starts anew in the middle, as after a restart. */
export const FIGURES: readonly { readonly at: Instant; readonly fields: Readonly<Record<string, number>> }[] =
  Array.from({ length: 60 }, (_, i) => {
    const count = i < 30 ? i : i - 30;
    return {
      at: RANGE.from + i * 3 * MINUTE,
      fields: {
        synced_sequence: i * 700,
        messages_processed: count * 600,
        messages_quarantined: count * 6,
        readings_stored: count * 2_900,
        readings_duplicates: count * 60,
        readings_revised: count * 3,
        readings_refused: count * 6,
        lag_entries_storing: (i * 37) % 101,
        lag_entries_alerting: (i * 17) % 11,
        quarantine_packets: i,
        store_up: i % 9 === 4 ? 0 : 1,
        ledger_balanced: i % 7 === 3 ? 0 : 1,
        ledger_verified: i % 59 === 0 ? 0 : 1,
      },
    };
  }).filter(({ at }) => !isOut(at));

export const HOUSE_PROPERTIES = Object.keys(HOUSEKEEPING);
