import type { StationState } from '#api/stations/schema.ts';
import type { BoardPoint } from '#storage/readings/board-series.ts';
import type { AlertState } from '#model/alerts/alert.ts';
import type { Severity, Text } from '#model/readings/family.ts';
import { type Instant, parseInstant } from '#model/base/instant.ts';
import { parseDuration } from '#model/base/duration.ts';
import type { State } from '#model/registry/state.ts';

/** Names that InfluxDB or the point's own tags use already. */
const RESERVED: ReadonlySet<string> = new Set(['time', 'station', 'family']);

const numbersIn = (attributes: Readonly<Record<string, number | string>>): Record<string, number> => {
  const numbers: Record<string, number> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'number' && !RESERVED.has(name)) numbers[name] = value;
  }
  return numbers;
};

const timeField = (name: string, text: string | undefined): Record<string, number> => {
  const at = text === undefined ? undefined : parseInstant(text);
  return at === undefined ? {} : { [name]: at };
};

/**
 * A station for maps: its position, its numeric attributes with the levels, its newest headline value with the time of
 * observation, and its silence. Times are in ms since 1970.
 */
export const stationPoint = (station: StationState, at: Instant): BoardPoint => {
  const newest = station.last.find(({ property }) => property === station.headline);
  return {
    measurement: 'station',
    tags: { station: station.id, family: station.family },
    fields: {
      ...numbersIn(station.attributes),
      ...(newest === undefined ? {} : { headline: newest.value, headline_flag: newest.flag }),
      ...timeField('headline_at', newest?.observed_at),
      lat: station.lat,
      lon: station.lon,
      name: station.name,
      silent: Number(station.silent),
    },
    at,
  };
};

/** The state of a station by its values. A rank of -1 is unknown, which is not normal. */
export const statePoint = ({ station, family, hazard, assurance, system, value }: State, at: Instant): BoardPoint => ({
  measurement: 'station_state',
  tags: { station, family },
  fields: {
    hazard: hazard.rank ?? -1,
    level: hazard.level,
    word_id: hazard.word.id,
    word_en: hazard.word.en,
    assurance,
    system: system.state,
    ...(typeof value?.value === 'number' ? { value: value.value, property: value.property } : {}),
  },
  at,
});

const SHOWN_HEALTH: ReadonlySet<string> = new Set(['battery_voltage', 'battery_level', 'rssi', 'snr']);

const healthFields = ({ health = [] }: StationState['devices'][number]): Record<string, number> =>
  Object.fromEntries(
    health.filter(({ property }) => SHOWN_HEALTH.has(property)).map(({ property, value }) => [property, value]),
  );

/** The devices of a station for the fleet board. Revoked devices are left out, because no readings are expected of them. */
export const devicePoints = (station: StationState, at: Instant): readonly BoardPoint[] =>
  station.devices
    .filter(({ revoked }) => !revoked)
    .map((device) => ({
      measurement: 'klawing_device',
      tags: { device: device.id },
      fields: {
        station: station.id,
        family: station.family,
        presence: device.presence,
        online: Number(device.presence === 'online'),
        silent: Number(device.silent),
        every_s: (parseDuration(device.every)?.ms ?? Number.NaN) / 1_000,
        ...timeField('last_seen', device.last_seen),
        silent_cause: device.silent_cause ?? '',
        ...timeField('silent_since', device.silent_since),
        clock_wrong: Number(device.clock_wrong),
        ...(device.clock_skew_seconds === undefined ? {} : { clock_skew_s: device.clock_skew_seconds }),
        ...healthFields(device),
      },
      at,
    }));

/** The part of an alert that boards show, after a change of its state. An `Alert` of the model fits. */
export interface ShownAlert {
  readonly station: string;
  readonly device: string;
  readonly rule: string;
  readonly state: AlertState;
  readonly severity: Severity;
  readonly title: Text;
  /** The newest evidence, in the unit of its property. */
  readonly value: number;
  readonly observedAt: Instant;
  /** Start of the condition. */
  readonly since: Instant;
}

/** One change of an alert's state. `firing` is 1 or 0, so that a board can count the firing alerts. */
export const alertPoint = (alert: ShownAlert): BoardPoint => ({
  measurement: 'alert_event',
  tags: { station: alert.station, device: alert.device, rule: alert.rule },
  fields: {
    state: alert.state,
    firing: Number(alert.state === 'firing'),
    severity: alert.severity,
    title_id: alert.title.id,
    title_en: alert.title.en,
    value: alert.value,
    since: alert.since,
  },
  at: alert.observedAt,
});
