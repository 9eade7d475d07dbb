// oxlint-disable max-lines -- one board with its panels
import type { Panel, ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Board } from '#dashboards/grafana/board.ts';
import { limitSteps, NORMAL, RANK_COLOUR, SEVERITY_COLOUR, steps, SYSTEM } from '#dashboards/grafana/colour.ts';
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
import { figures, mappedCell, mapping, table } from '#dashboards/grafana/panel.ts';
import { InfluxQlTarget } from '#dashboards/grafana/target.ts';
import { unitId } from '#dashboards/grafana/unit.ts';
import { FAMILIES } from '#model/families/index.ts';
import type { Family, Property, Text } from '#model/readings/family.ts';
import type { Assurance, SystemState } from '#model/registry/state.ts';

const ASSURANCE_WORDS: Readonly<Record<Assurance, Text>> = {
  valid: { id: 'Valid', en: 'Valid' },
  doubtful: { id: 'Diragukan', en: 'Doubtful' },
  stale: { id: 'Data tidak terkini', en: 'Old data' },
  unknown: { id: 'Tidak diketahui', en: 'Unknown' },
};

const SYSTEM_WORDS: Readonly<Record<SystemState, Text>> = {
  'in-order': { id: 'Data masuk', en: 'In order' },
  'store-away': { id: 'Penyimpanan tidak menjawab', en: 'Store away' },
  offline: { id: 'Terputus', en: 'Offline' },
  silent: { id: 'Tidak mengirim data', en: 'Silent' },
};

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
        id: 'Semua stasiun dengan nilai utama terakhir; warna menurut batas jenisnya. Lingkaran ungu: stasiun tidak mengirim data, nilai tidak terkini.',
        en: 'All stations with their newest headline value, coloured by the limits of their family. A violet ring: the station is silent, its value is old.',
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
      thresholds: steps(NORMAL, [1, SEVERITY_COLOUR.extreme]),
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
      thresholds: steps(NORMAL),
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
      thresholds: steps(NORMAL, [1, SYSTEM]),
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

/** Words of levels in their colours. A word that two families share has one rank. */
const levelMapping = (say: Say): ValueMapping => {
  const levels = FAMILIES.flatMap(({ hazards = [] }) => hazards).flatMap((hazard) => hazard.levels);
  const named = levels.map(({ word, rank }): [string, string] => [say(word), RANK_COLOUR[rank]]);
  return mapping(named.map(([text, color]) => [text, { text, color }]));
};

/** Hazard, assurance and system of each station, in words. */
const states = (say: Say): Panel => {
  const names = {
    level: say({ id: 'Tingkat bahaya', en: 'Level' }),
    assurance: say({ id: 'Keandalan', en: 'Assurance' }),
    system: say({ id: 'Sistem', en: 'System' }),
  };
  const query = select({
    columns: [
      column('last', `word_${say({ id: 'id', en: 'en' })}`, names.level),
      column('last', 'assurance', names.assurance),
      column('last', 'system', names.system),
    ],
    from: measurements('station_state'),
    where: [inRange],
    by: ['station'],
  });
  const words = (texts: Readonly<Record<string, Text>>, colours: Readonly<Record<string, string>>): ValueMapping =>
    mapping(
      Object.entries(texts).map(([value, text]) => [value, { text: say(text), color: colours[value] ?? NORMAL }]),
    );
  return table(
    {
      title: { id: 'Keadaan stasiun', en: 'State of the stations' },
      description: {
        id: 'Keadaan menurut nilai terakhir yang valid, bukan menurut peringatan. Ungu: sistem, bukan bahaya.',
        en: 'State by the newest valid value, not by the alerts. Violet: the system, not a hazard.',
      },
      targets: [new InfluxQlTarget('A', query).asTable()],
      unit: 'none',
      rename: { station: say(NAMES.station) },
      overrides: [
        { of: names.level, properties: mappedCell(levelMapping(say)) },
        { of: names.assurance, properties: mappedCell(words(ASSURANCE_WORDS, { stale: SYSTEM, unknown: SYSTEM })) },
        {
          of: names.system,
          properties: mappedCell(words(SYSTEM_WORDS, { 'store-away': SYSTEM, offline: SYSTEM, silent: SYSTEM })),
        },
      ],
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
    { height: 10, panels: [[24, states(say)]] },
    ...tiled(
      FAMILIES.map((family) => headlines(family, say)),
      12,
      8,
    ),
  ],
};
