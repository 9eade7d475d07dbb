import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Board } from '#dashboards/grafana/board.ts';
import { CALM, GREY, limitSteps, SEVERITY_COLOUR, steps } from '#dashboards/grafana/colour.ts';
import { propertyColumn } from '#dashboards/grafana/family-board.ts';
import { tiled } from '#dashboards/grafana/grid.ts';
import {
  passedChecks,
  column,
  identifier,
  inRange,
  literal,
  measurements,
  rowsOf,
  select,
} from '#dashboards/grafana/influxql.ts';
import type { BoardLanguage, Say } from '#dashboards/grafana/language.ts';
import { map } from '#dashboards/grafana/map.ts';
import { figures, table } from '#dashboards/grafana/panel.ts';
import { InfluxQlTarget } from '#dashboards/grafana/target.ts';
import { unitId } from '#dashboards/grafana/unit.ts';
import { FAMILIES } from '#model/families/index.ts';
import type { Family, Property, Text } from '#model/readings/family.ts';

const stations = measurements('station');

const headlineOf = (family: Family): Property => {
  const property = family.properties[family.headline];
  if (property === undefined) throw new Error(`${family.name} has no property "${family.headline}"`);
  return property;
};

/** A target's letter. */
const refId = (index: number): string => String.fromCharCode(65 + index);

const NAMES = {
  silent: { id: 'Tidak mengirim data', en: 'Silent' },
  observed: { id: 'Diamati', en: 'Observed' },
  name: { id: 'Nama', en: 'Name' },
  station: { id: 'Stasiun', en: 'Station' },
} as const satisfies Readonly<Record<string, Text>>;

/** Stations of a family where they are, with their newest headline value whatever its flag. */
const onMap = (family: Family, say: Say): string =>
  select({
    columns: [
      column('last', 'lat', 'lat'),
      column('last', 'lon', 'lon'),
      column('last', 'name', say(NAMES.name)),
      column('last', 'headline', say(headlineOf(family).title)),
      column('last', 'headline_at', say(NAMES.observed)),
      column('last', 'silent', say(NAMES.silent)),
    ],
    from: stations,
    where: [`${identifier('family')} = ${literal(family.name)}`, inRange],
    by: ['station'],
  });

const silentOnMap = (say: Say): string =>
  select({
    columns: ['lat', 'lon', say(NAMES.name)].map(identifier),
    from: rowsOf(
      select({
        columns: [
          column('last', 'lat', 'lat'),
          column('last', 'lon', 'lon'),
          column('last', 'name', say(NAMES.name)),
          column('last', 'silent', 'silent'),
        ],
        from: stations,
        where: [inRange],
        by: ['station'],
      }),
    ),
    where: [`${identifier('silent')} = 1`],
    by: ['station'],
  });

const stationMap = (say: Say): Panel => {
  const silentRef = refId(FAMILIES.length);
  return map(
    {
      title: { id: 'Peta stasiun', en: 'Map of the stations' },
      description: {
        id: 'Semua stasiun dengan nilai utama terakhir; warna menurut batas jenisnya. Lingkaran abu-abu: stasiun tidak mengirim data, nilai tidak terkini.',
        en: 'All stations with their newest headline value, coloured by the limits of their family. A grey ring: the station is silent, its value is old.',
      },
      targets: [
        ...FAMILIES.map((family, i) => new InfluxQlTarget(refId(i), onMap(family, say)).asTable()),
        new InfluxQlTarget(silentRef, silentOnMap(say)).asTable(),
      ],
      unit: 'none',
      overrides: [
        ...FAMILIES.map((family) => ({
          of: say(headlineOf(family).title),
          properties: [
            { id: 'unit', value: unitId(headlineOf(family).unit) },
            { id: 'decimals', value: headlineOf(family).decimals },
            { id: 'thresholds', value: limitSteps(family, family.headline) },
            { id: 'color', value: { mode: 'thresholds' } },
          ],
        })),
        { of: say(NAMES.observed), properties: [{ id: 'unit', value: 'dateTimeFromNow' }] },
      ],
    },
    [
      { name: say(NAMES.silent), refId: silentRef },
      ...FAMILIES.map((family, i) => ({
        name: say(family.title),
        refId: refId(i),
        value: say(headlineOf(family).title),
      })),
    ],
    say,
  );
};

const newestStations = select({
  columns: [column('last', 'silent', 'silent'), column('last', 'lat', 'lat')],
  from: stations,
  where: [inRange],
  by: ['station'],
});

/** The newest step of each alert, however long ago it was made. */
const newestAlerts = (...columns: readonly string[]): string =>
  select({ columns, from: measurements('alert_event'), by: ['station', 'device', 'rule'] });

const counts = (say: Say): readonly Panel[] => [
  figures(
    {
      title: { id: 'Peringatan aktif', en: 'Firing alerts' },
      description: { id: 'Peringatan yang sedang aktif.', en: 'Alerts that are firing now.' },
      targets: [
        new InfluxQlTarget(
          'A',
          select({
            columns: [column('sum', 'firing', 'firing')],
            from: rowsOf(newestAlerts(column('last', 'firing', 'firing'))),
          }),
        ),
      ],
      unit: 'none',
      thresholds: steps(CALM, [1, SEVERITY_COLOUR.extreme]),
    },
    say,
  ),
  figures(
    {
      title: { id: 'Stasiun', en: 'Stations' },
      description: { id: 'Stasiun yang terdaftar.', en: 'Stations that are registered.' },
      targets: [
        new InfluxQlTarget(
          'A',
          select({ columns: [column('count', 'lat', 'stations')], from: rowsOf(newestStations) }),
        ),
      ],
      unit: 'none',
      thresholds: steps(GREY),
    },
    say,
  ),
  figures(
    {
      title: { id: 'Stasiun tanpa data', en: 'Silent stations' },
      description: {
        id: 'Stasiun yang semua perangkatnya tidak mengirim data.',
        en: 'Stations of which every device is silent.',
      },
      targets: [
        new InfluxQlTarget('A', select({ columns: [column('sum', 'silent', 'silent')], from: rowsOf(newestStations) })),
      ],
      unit: 'none',
      thresholds: steps(CALM, [1, SEVERITY_COLOUR.severe]),
    },
    say,
  ),
];

const firing = (say: Say): Panel => {
  const names = {
    severity: say({ id: 'Tingkat', en: 'Severity' }),
    title: say({ id: 'Peringatan', en: 'Alert' }),
    value: say({ id: 'Nilai', en: 'Value' }),
    since: say({ id: 'Sejak', en: 'Since' }),
  };
  const titleField = `title_${say({ id: 'id', en: 'en' } satisfies Record<BoardLanguage, BoardLanguage>)}`;
  const inner = newestAlerts(
    column('last', 'firing', 'firing'),
    column('last', titleField, names.title),
    column('last', 'severity', names.severity),
    column('last', 'value', names.value),
    column('last', 'since', names.since),
  );
  const query = select({
    columns: [names.title, names.severity, names.value, names.since].map(identifier),
    from: rowsOf(inner),
    where: [`${identifier('firing')} = 1`],
    by: ['station', 'device', 'rule'],
  });
  return table(
    {
      title: { id: 'Daftar peringatan aktif', en: 'List of firing alerts' },
      description: {
        id: 'Tiap peringatan yang sedang aktif, dengan waktu mulai dan nilainya.',
        en: 'Every alert that fires now, since when and for what value.',
      },
      targets: [new InfluxQlTarget('A', query).asTable()],
      unit: 'none',
      without: ['Time', 'device', 'rule'],
      rename: { station: say(NAMES.station) },
      overrides: [{ of: names.since, properties: [{ id: 'unit', value: 'dateTimeFromNow' }] }],
    },
    say,
  );
};

const headlines = (family: Family, say: Say): Panel => {
  const { title, unit, decimals } = headlineOf(family);
  const query = select({
    columns: [column('last', family.headline, say(title))],
    from: measurements(family.name),
    where: [passedChecks(family.headline), inRange],
    by: ['station'],
  });
  return table(
    {
      title: { id: `${family.title.id}: ${title.id}`, en: `${family.title.en}: ${title.en}` },
      description: {
        id: `Nilai terakhir tiap stasiun yang lolos uji mutu, dan waktunya: ${title.id}.`,
        en: `Newest value of each station that did not fail the quality checks, and its time: ${title.en}.`,
      },
      targets: [new InfluxQlTarget('A', query).asTable()],
      unit: unitId(unit),
      decimals,
      without: [],
      rename: { station: say(NAMES.station), Time: say(NAMES.observed) },
      overrides: [
        propertyColumn(family, family.headline, headlineOf(family), say),
        { of: say(NAMES.observed), properties: [{ id: 'unit', value: 'dateTimeFromNow' }] },
      ],
    },
    say,
  );
};

export const overview: Board = {
  name: 'overview',
  title: { id: 'Ikhtisar', en: 'Overview' },
  description: {
    id: 'Peta semua stasiun, peringatan aktif, dan nilai terbaru tiap jenis stasiun.',
    en: 'A map of all stations, the alerts that fire, and the newest values of every family.',
  },
  range: '24h',
  variables: () => [],
  rows: (say) => [
    ...tiled(counts(say), 8, 4),
    {
      height: 14,
      panels: [
        [15, stationMap(say)],
        [9, firing(say)],
      ],
    },
    ...tiled(
      FAMILIES.map((family) => headlines(family, say)),
      12,
      8,
    ),
  ],
};
