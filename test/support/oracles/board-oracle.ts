import { FAMILIES } from '#model/families/index.ts';
import type { Family, Property, Text } from '#model/readings/family.ts';
import { HOUSEKEEPING } from '#model/readings/housekeeping.ts';
import { parseInstant, type Instant } from '#model/base/instant.ts';
import type { Qualified } from '#model/readings/reading.ts';
import {
  ALERTS,
  FACTS_AT,
  FIGURES,
  HOUSE_PROPERTIES,
  RANGE,
  READINGS,
  STATES,
  STATION_STATES,
  WINDOW_MS,
} from '#test/support/builders/board-data.ts';

/** A row as a board must get it: its tags, its time where that means something, and its cells in order. */
export interface Row {
  readonly tags: Readonly<Record<string, string>>;
  readonly time?: Instant;
  readonly cells: readonly (number | string | null)[];
}

export interface Asked {
  readonly language: keyof Text;
  readonly isPicked: (station: string) => boolean;
}
type Oracle = (asked: Asked) => readonly Row[];
type Tag = 'station' | 'device';

const HOUR_MS = 3_600_000;
const isShown = (at: Instant): boolean => at >= RANGE.from && at <= RANGE.to;

const believed = (property: string, family?: Family): readonly Qualified[] =>
  READINGS.filter(
    (reading) =>
      reading.property === property && reading.flag <= 3 && (family === undefined || reading.family === family.name),
  );

const tagsOf = (reading: Pick<Qualified, Tag>, by: readonly Tag[]): Record<string, string> =>
  Object.fromEntries(by.map((tag) => [tag, reading[tag]]));

const groupsOf = <T>(things: readonly T[], key: (thing: T) => string): readonly (readonly T[])[] => [
  ...Map.groupBy(things, key).values(),
];

const newestOf = <T extends { readonly observedAt: Instant }>(things: readonly T[]): T | undefined =>
  things.toSorted((a, b) => a.observedAt - b.observedAt).at(-1);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const windowed = (readings: readonly Qualified[], by: readonly Tag[], property: Property): readonly Row[] => {
  const startOf = ({ observedAt }: Qualified): Instant =>
    property.accumulates === true
      ? // an hour of rain ends with the report of the full hour; InfluxDB names it by its first millisecond
        Math.ceil(observedAt / HOUR_MS) * HOUR_MS - HOUR_MS + 1
      : Math.floor(observedAt / WINDOW_MS) * WINDOW_MS;
  return groupsOf(
    readings.filter(({ observedAt }) => isShown(observedAt)),
    (each) => [...by.map((tag) => each[tag]), startOf(each)].join('\t'),
  ).flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const values = group.map(({ value }) => value);
    const mean = sum(values) / values.length;
    const one = property.circular === true ? (newestOf(group)?.value ?? 0) : mean;
    return [
      { tags: tagsOf(first, by), time: startOf(first), cells: [property.accumulates === true ? sum(values) : one] },
    ];
  });
};

const newestRows = (
  properties: readonly string[],
  by: readonly Tag[],
  readings: readonly Qualified[],
): readonly Row[] =>
  groupsOf(
    readings.filter(({ observedAt }) => isShown(observedAt)),
    (each) => by.map((tag) => each[tag]).join('\t'),
  ).map((group) => ({
    tags: group[0] === undefined ? {} : tagsOf(group[0], by),
    cells: properties.map(
      (name) => newestOf(group.filter(({ property, flag }) => property === name && flag <= 3))?.value ?? null,
    ),
  }));

const propertiesOf = (family: Family): readonly (readonly [string, Property])[] =>
  Object.entries(family.properties).filter(([name]) => !HOUSE_PROPERTIES.includes(name));

const familyOracles = (family: Family): readonly (readonly [string, Oracle])[] => {
  const per: Tag = family.name === 'waste' ? 'device' : 'station';
  const rows: readonly Tag[] = per === 'station' ? ['station'] : ['station', 'device'];
  const names = propertiesOf(family).map(([name]) => name);
  const mine = READINGS.filter((reading) => reading.family === family.name);
  return [
    [
      'Newest values A',
      ({ isPicked }) =>
        newestRows(
          names,
          rows,
          mine.filter(({ station }) => isPicked(station)),
        ),
    ],
    ...propertiesOf(family).map(([name, property]): readonly [string, Oracle] => [
      `${property.title.en} A`,
      ({ isPicked }) =>
        windowed(
          believed(name, family).filter(({ station }) => isPicked(station)),
          property.accumulates === true && per === 'station' ? ['station', 'device'] : [per],
          property,
        ),
    ]),
  ];
};

const familyOf = (name: string): Family => {
  const family = FAMILIES.find((each) => each.name === name);
  if (family === undefined) throw new Error(`no family ${name}`);
  return family;
};

const dayMean =
  (property: string): Oracle =>
  ({ isPicked }) =>
    groupsOf(
      believed(property, familyOf('air')).filter(
        ({ observedAt, station }) =>
          observedAt <= RANGE.to && observedAt >= RANGE.to - 24 * HOUR_MS && isPicked(station),
      ),
      ({ station }) => station,
    ).map((group) => ({
      tags: { station: group[0]?.station ?? '' },
      cells: [sum(group.map(({ value }) => value)) / group.length],
    }));

const levels: Oracle = ({ isPicked }) =>
  STATES.filter(({ family, id }) => family === 'river' && isPicked(id)).flatMap(({ id, attributes }) =>
    FACTS_AT.filter(isShown).map((at) => ({
      tags: { station: id },
      time: Math.floor(at / WINDOW_MS) * WINDOW_MS,
      cells: ['waspada', 'siaga', 'awas'].map((name) => attributes[name] ?? null),
    })),
  );

const headlineRows =
  (family: Family): Oracle =>
  () =>
    groupsOf(
      believed(family.headline, family).filter(({ observedAt }) => isShown(observedAt)),
      ({ station }) => station,
    ).map((group) => {
      const newest = newestOf(group);
      return {
        tags: { station: group[0]?.station ?? '' },
        time: newest?.observedAt ?? 0,
        cells: [newest?.value ?? null],
      };
    });

const mapRows =
  (family: Family): Oracle =>
  () =>
    STATES.filter((state) => state.family === family.name).map(({ id, lat, lon, name, last, silent }) => ({
      tags: { station: id },
      cells: [lat, lon, name, last[0]?.value ?? null, parseInstant(last[0]?.observed_at ?? '') ?? null, Number(silent)],
    }));

const newestAlerts = groupsOf(ALERTS, ({ station, device, rule }) => `${station}\t${device}\t${rule}`).map(newestOf);
const firing = newestAlerts.filter((alert) => alert?.state === 'firing').filter((alert) => alert !== undefined);
const silent = STATES.filter((state) => state.silent);
const devices = STATES.flatMap((state) => state.devices.map((device) => ({ ...device, station: state.id })));
const total =
  (count: number): Oracle =>
  () => [{ tags: {}, cells: [count] }];

const overview: readonly (readonly [string, Oracle])[] = [
  ['Firing alerts A', total(firing.length)],
  ['Stations A', total(STATES.length)],
  ['Silent stations A', total(silent.length)],
  ...FAMILIES.map((family, i): readonly [string, Oracle] => [
    `Map of the stations ${String.fromCharCode(65 + i)}`,
    mapRows(family),
  ]),
  [
    `Map of the stations ${String.fromCharCode(65 + FAMILIES.length)}`,
    () => silent.map(({ id, lat, lon, name }) => ({ tags: { station: id }, cells: [lat, lon, name] })),
  ],
  [
    'List of firing alerts A',
    ({ language }) =>
      firing.map(({ station, device, rule, title, severity, value, since }) => ({
        tags: { station, device, rule },
        cells: [title[language], severity, value, since],
      })),
  ],
  [
    'State of the stations A',
    ({ language }) =>
      STATION_STATES.map(({ station, hazard, assurance, system }) => ({
        tags: { station },
        cells: [hazard.word[language], assurance, system.state],
      })),
  ],
  ...FAMILIES.map((family): readonly [string, Oracle] => [
    `${family.title.en}: ${family.properties[family.headline]?.title.en} A`,
    headlineRows(family),
  ]),
];

const fleet: readonly (readonly [string, Oracle])[] = [
  ['Devices A', total(devices.length)],
  ['Online A', total(devices.filter(({ presence }) => presence === 'online').length)],
  ['Silent A', total(devices.filter((device) => device.silent).length)],
  [
    'Last seen A',
    () =>
      devices.map((device) => ({
        tags: { device: device.id },
        cells: [
          device.station,
          device.presence,
          Number(device.silent),
          parseInstant(device.last_seen ?? '') ?? null,
          device.silent_cause ?? '',
          60,
          Number(device.clock_wrong),
          device.clock_skew_seconds ?? null,
        ],
      })),
  ],
  ['Newest battery and signal A', () => newestRows(HOUSE_PROPERTIES, ['device'], READINGS)],
  ...Object.entries(HOUSEKEEPING).map(([name, property]): readonly [string, Oracle] => [
    `${property.title.en} A`,
    () => windowed(believed(name), ['device'], property),
  ]),
];

const windowsOfFigures = groupsOf(
  FIGURES.filter(({ at }) => isShown(at)),
  ({ at }) => String(Math.floor(at / WINDOW_MS)),
).map((points) => ({ time: Math.floor((points[0]?.at ?? 0) / WINDOW_MS) * WINDOW_MS, points }));

const highest =
  (...fields: readonly string[]): Oracle =>
  () =>
    windowsOfFigures.map(({ time, points }) => ({
      tags: {},
      time,
      cells: fields.map((field) => Math.max(...points.map((point) => point.fields[field] ?? 0))),
    }));

const rates =
  (...names: readonly string[]): Oracle =>
  () =>
    windowsOfFigures.slice(1).flatMap(({ time, points }, i) => {
      const cells = names.map((field) => {
        const before = windowsOfFigures[i];
        const step = (points.at(-1)?.fields[field] ?? 0) - (before?.points.at(-1)?.fields[field] ?? 0);
        const rate = step / ((time - (before?.time ?? 0)) / 1_000);
        return rate < 0 ? null : rate;
      });
      return cells.every((cell) => cell === null) ? [] : [{ tags: {}, time, cells }];
    });

const newestFigure =
  (field: string): Oracle =>
  () => [{ tags: {}, cells: [FIGURES.filter(({ at }) => isShown(at)).at(-1)?.fields[field] ?? null] }];

const pipeline: readonly (readonly [string, Oracle])[] = [
  ['Store A', newestFigure('store_up')],
  ['Waiting to be stored A', newestFigure('lag_entries_storing')],
  ['Waiting for alerting A', newestFigure('lag_entries_alerting')],
  ['In quarantine A', newestFigure('quarantine_packets')],
  ['Ledger balanced A', newestFigure('ledger_balanced')],
  ['Rows verified A', newestFigure('ledger_verified')],
  ['Messages a second A', rates('synced_sequence', 'messages_processed', 'messages_quarantined')],
  ['Readings a second A', rates('readings_stored', 'readings_duplicates', 'readings_revised', 'readings_refused')],
  ['Lag A', highest('lag_entries_storing', 'lag_entries_alerting')],
  ['Quarantine A', highest('quarantine_packets')],
];

const rain = familyOf('weather').properties['rainfall'];
const stage = familyOf('river').properties['stage'];

/** Expected result of each query of each board, by board, English title and letter; computed from the data alone. */
export const ORACLES: ReadonlyMap<string, Oracle> = new Map(
  Object.entries({
    ...Object.fromEntries(FAMILIES.map((family) => [family.name, familyOracles(family)])),
    overview,
    air: [
      ...familyOracles(familyOf('air')),
      ['PM2.5, mean of 24 hours A', dayMean('pm2_5')],
      ['PM10, mean of 24 hours A', dayMean('pm10')],
    ],
    river: [
      ...familyOracles(familyOf('river')),
      [
        'Stage: $station A',
        ({ isPicked }) =>
          stage === undefined
            ? []
            : windowed(
                believed('stage', familyOf('river')).filter(({ station }) => isPicked(station)),
                ['station'],
                stage,
              ),
      ],
      ['Stage: $station B', levels],
      [
        'Rainfall by the hour A',
        () => (rain === undefined ? [] : windowed(believed('rainfall'), ['station', 'device'], rain)),
      ],
    ],
    waste: [
      ...familyOracles(familyOf('waste')),
      [
        'Fill level now A',
        ({ isPicked }) =>
          newestRows(
            ['fill'],
            ['device'],
            believed('fill', familyOf('waste')).filter(({ station }) => isPicked(station)),
          ),
      ],
    ],
    fleet,
    pipeline,
  } satisfies Record<string, readonly (readonly [string, Oracle])[]>).flatMap(([board, oracles]) =>
    oracles.map(([name, oracle]): [string, Oracle] => [`${board}/${name}`, oracle]),
  ),
);
