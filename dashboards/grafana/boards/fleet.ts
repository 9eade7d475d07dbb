import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Board } from '#dashboards/grafana/board.ts';
import { NORMAL, steps, SYSTEM } from '#dashboards/grafana/colour.ts';
import { tiled } from '#dashboards/grafana/grid.ts';
import {
  AUTO,
  passedChecks,
  column,
  inRange,
  measurements,
  newest,
  rowsOf,
  select,
} from '#dashboards/grafana/influxql.ts';
import type { Say } from '#dashboards/grafana/language.ts';
import { chart, colouredCell, figures, table } from '#dashboards/grafana/panel.ts';
import { InfluxQlTarget } from '#dashboards/grafana/target.ts';
import { unitId } from '#dashboards/grafana/unit.ts';
import { FAMILIES } from '#model/families/index.ts';
import { HOUSEKEEPING } from '#model/readings/housekeeping.ts';

const everyFamily = measurements(...FAMILIES.map(({ name }) => name));
const devices = measurements('klawing_device');

/** The newest state of each device. */
const states = select({
  columns: ['silent', 'online', 'every_s'].map((field) => column('last', field, field)),
  from: devices,
  where: [inRange],
  by: ['device'],
});

const countOf = (columns: string): InfluxQlTarget =>
  new InfluxQlTarget('A', select({ columns: [columns], from: rowsOf(states) }));

const counts = (say: Say): readonly Panel[] => [
  figures(
    {
      title: { id: 'Perangkat', en: 'Devices' },
      description: { id: 'Perangkat yang terdaftar dan bertugas.', en: 'Devices that are registered and in service.' },
      targets: [countOf(column('count', 'every_s', 'devices'))],
      unit: 'none',
      thresholds: steps(NORMAL),
    },
    say,
  ),
  figures(
    {
      title: { id: 'Terhubung', en: 'Online' },
      description: {
        id: 'Perangkat yang terhubung ke penerima data (broker).',
        en: 'Devices that are connected to the broker.',
      },
      targets: [countOf(column('sum', 'online', 'online'))],
      unit: 'none',
      thresholds: steps(NORMAL),
    },
    say,
  ),
  figures(
    {
      title: { id: 'Tidak mengirim data', en: 'Silent' },
      description: {
        id: 'Perangkat yang melewatkan tiga laporan berturut-turut.',
        en: 'Devices that missed three reports in a row.',
      },
      targets: [countOf(column('sum', 'silent', 'silent'))],
      unit: 'none',
      thresholds: steps(NORMAL, [1, SYSTEM]),
    },
    say,
  ),
];

const lastSeen = (say: Say): Panel => {
  const names = {
    station: say({ id: 'Stasiun', en: 'Station' }),
    presence: say({ id: 'Sambungan', en: 'Presence' }),
    silent: say({ id: 'Tidak mengirim data', en: 'Silent' }),
    last_seen: say({ id: 'Data terakhir', en: 'Last seen' }),
    silent_cause: say({ id: 'Penyebab', en: 'Cause' }),
    every_s: say({ id: 'Selang laporan', en: 'Reports every' }),
    clock_wrong: say({ id: 'Jam perangkat salah', en: 'Clock wrong' }),
    clock_skew_s: say({ id: 'Selisih jam', en: 'Clock ahead' }),
  };
  const query = select({
    columns: Object.entries(names).map(([field, name]) => column('last', field, name)),
    from: devices,
    where: [inRange],
    by: ['device'],
  });
  return table(
    {
      title: { id: 'Data terakhir', en: 'Last seen' },
      description: {
        id: 'Sambungan, data yang terhenti dengan penyebabnya, data terakhir, dan jam tiap perangkat, diperbarui tiap menit.',
        en: 'Presence, silence with its cause, last sign of life and clock of every device, brought up to date every minute.',
      },
      targets: [new InfluxQlTarget('A', query).asTable()],
      unit: 'none',
      rename: { device: say({ id: 'Perangkat', en: 'Device' }) },
      overrides: [
        { of: names.last_seen, properties: [{ id: 'unit', value: 'dateTimeFromNow' }] },
        { of: names.every_s, properties: [{ id: 'unit', value: 's' }] },
        { of: names.clock_skew_s, properties: [{ id: 'unit', value: 's' }] },
        { of: names.clock_wrong, properties: colouredCell(steps(NORMAL, [1, SYSTEM])) },
        { of: names.silent, properties: colouredCell(steps(NORMAL, [1, SYSTEM])) },
      ],
    },
    say,
  );
};

const newestOfDevices = (say: Say): Panel => {
  const properties = Object.entries(HOUSEKEEPING);
  const query = newest(
    properties.map(([field, { title }]) => ({ field, name: say(title), where: [passedChecks(field)] })),
    everyFamily,
    ['device'],
  );
  return table(
    {
      title: { id: 'Baterai dan sinyal terbaru', en: 'Newest battery and signal' },
      description: {
        id: 'Nilai terakhir yang dilaporkan perangkat tentang dirinya dalam rentang waktu ini.',
        en: 'What each device last said of itself within this time.',
      },
      targets: [new InfluxQlTarget('A', query).asTable()],
      unit: 'none',
      rename: { device: say({ id: 'Perangkat', en: 'Device' }) },
      overrides: properties.map(([, { title, unit, decimals }]) => ({
        of: say(title),
        properties: [
          { id: 'unit', value: unitId(unit) },
          { id: 'decimals', value: decimals },
        ],
      })),
    },
    say,
  );
};

const overTime = (say: Say): readonly Panel[] =>
  Object.entries(HOUSEKEEPING).map(([name, { title, unit, decimals }]) =>
    chart(
      {
        title,
        description: {
          id: `${title.id} tiap perangkat, rata-rata tiap selang waktu.`,
          en: `${title.en} of each device, mean of each time window.`,
        },
        targets: [
          new InfluxQlTarget(
            'A',
            select({
              columns: [column('mean', name, name)],
              from: everyFamily,
              where: [passedChecks(name), inRange],
              every: AUTO,
              by: ['device'],
              fill: 'null',
            }),
          ).alias('$tag_device'),
        ],
        unit: unitId(unit),
        decimals,
      },
      say,
    ),
  );

export const fleet: Board = {
  name: 'fleet',
  title: { id: 'Perangkat', en: 'Fleet' },
  description: {
    id: 'Semua perangkat: data terakhir, baterai, dan sinyal.',
    en: 'All devices: when they were last seen, their batteries and their signal.',
  },
  range: '24h',
  variables: () => [],
  rows: (say) => [
    ...tiled(counts(say), 8, 4),
    {
      height: 12,
      panels: [
        [13, lastSeen(say)],
        [11, newestOfDevices(say)],
      ],
    },
    ...tiled(overTime(say), 12, 8),
  ],
};
