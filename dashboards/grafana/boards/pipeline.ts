import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Board } from '#dashboards/grafana/board.ts';
import { NORMAL, steps, SYSTEM } from '#dashboards/grafana/colour.ts';
import { tiled } from '#dashboards/grafana/grid.ts';
import { AUTO, column, identifier, inRange, measurements, rowsOf, select } from '#dashboards/grafana/influxql.ts';
import type { Say } from '#dashboards/grafana/language.ts';
import { chart, figures, type PanelContent } from '#dashboards/grafana/panel.ts';
import { InfluxQlTarget } from '#dashboards/grafana/target.ts';
import { formatDuration, seconds } from '#model/base/duration.ts';
import type { Text } from '#model/readings/family.ts';

const series = measurements('klawing_pipeline');
/** Ingest writes its figures so often. */
const EVERY = seconds(10);
const INTERVAL = formatDuration(EVERY);

interface PanelLine {
  readonly field: string;
  readonly title: Text;
}

const now = (field: string): InfluxQlTarget =>
  new InfluxQlTarget('A', select({ columns: [column('last', field, field)], from: series, where: [inRange] }));

/**
 * Counters start anew when ingest does: a step down is no negative rate. A rate has no empty windows, whatever `fill`
 * says, so a second selection puts them in.
 */
const rates = (lines: readonly PanelLine[], say: Say): InfluxQlTarget => {
  const names = lines.map(({ title }) => say(title));
  const of = lines.map(
    ({ field, title }) => `non_negative_derivative(last(${identifier(field)}), 1s) AS ${identifier(say(title))}`,
  );
  const rate = select({ columns: of, from: series, where: [inRange], every: AUTO });
  return new InfluxQlTarget(
    'A',
    select({
      columns: names.map((name) => column('last', name, name)),
      from: rowsOf(rate),
      where: [inRange],
      every: AUTO,
      fill: 'null',
    }),
  ).alias('$col');
};

const levels = (lines: readonly PanelLine[], say: Say): InfluxQlTarget =>
  new InfluxQlTarget(
    'A',
    select({
      columns: lines.map(({ field, title }) => column('max', field, say(title))),
      from: series,
      where: [inRange],
      every: AUTO,
      fill: 'null',
    }),
  ).alias('$col');

const single = (field: string, content: Omit<PanelContent, 'targets' | 'unit'>, say: Say): Panel =>
  figures({ ...content, targets: [now(field)], unit: 'none', decimals: 0 }, say);

const summary = (say: Say): readonly Panel[] => [
  single(
    'store_up',
    {
      title: { id: 'Penyimpanan data', en: 'Store' },
      description: {
        id: '1 bila penyimpanan data menerima data pada catatan terakhir, 0 bila tidak.',
        en: '1 when the store took what it was given at the last note, 0 when it did not.',
      },
      thresholds: steps(SYSTEM, [1, NORMAL]),
    },
    say,
  ),
  single(
    'lag_entries_storing',
    {
      title: { id: 'Menunggu disimpan', en: 'Waiting to be stored' },
      description: {
        id: 'Entri jurnal yang belum diproses oleh pembaca penyimpanan.',
        en: 'Journal entries that the reader "storing" has not taken yet.',
      },
      thresholds: steps(NORMAL, [10_000, SYSTEM]),
    },
    say,
  ),
  single(
    'lag_entries_alerting',
    {
      title: { id: 'Menunggu evaluasi peringatan', en: 'Waiting for alerting' },
      description: {
        id: 'Entri jurnal yang belum diperiksa oleh pembaca peringatan; peringatan menunggunya.',
        en: 'Journal entries that the reader "alerting" has not taken yet; alerts wait for it.',
      },
      thresholds: steps(NORMAL, [1_000, SYSTEM]),
    },
    say,
  ),
  single(
    'quarantine_packets',
    {
      title: { id: 'Di karantina', en: 'In quarantine' },
      description: {
        id: 'Paket yang ditolak dan disimpan dengan alasannya.',
        en: 'Packets that were refused and are kept with their reasons.',
      },
      thresholds: steps(NORMAL, [1, SYSTEM]),
    },
    say,
  ),
];

/** The proof that nothing is missing, as ingest last found it. */
const proof = (say: Say): readonly Panel[] => [
  single(
    'ledger_balanced',
    {
      title: { id: 'Buku besar seimbang', en: 'Ledger balanced' },
      description: {
        id: '1 bila setiap pesan 24 jam terakhir ada catatannya, 0 bila tidak; diperiksa tiap beberapa menit.',
        en: '1 when every message of the last 24 hours is accounted for, 0 when not; looked at every few minutes.',
      },
      thresholds: steps(SYSTEM, [1, NORMAL]),
    },
    say,
  ),
  single(
    'ledger_verified',
    {
      title: { id: 'Baris terverifikasi', en: 'Rows verified' },
      description: {
        id: '1 bila penyimpanan data memuat baris yang dicatat buku besar pada hitungan terakhir, 0 bila tidak.',
        en: '1 when the store held the rows that the ledger expects at the last count, 0 when not.',
      },
      thresholds: steps(SYSTEM, [1, NORMAL]),
    },
    say,
  ),
];

/** Rates of messages and readings. */
const flow = (say: Say): readonly Panel[] => [
  chart(
    {
      title: { id: 'Pesan tiap detik', en: 'Messages a second' },
      description: {
        id: 'Entri yang disinkronkan broker ke jurnal, serta pesan yang diproses dan yang dikarantina.',
        en: 'Entries that the broker synced into the journal, and the messages that were processed or quarantined.',
      },
      targets: [
        rates(
          [
            { field: 'synced_sequence', title: { id: 'diterima (entri jurnal)', en: 'received (journal entries)' } },
            { field: 'messages_processed', title: { id: 'diproses', en: 'processed' } },
            { field: 'messages_quarantined', title: { id: 'dikarantina', en: 'quarantined' } },
          ],
          say,
        ),
      ],
      unit: 'none',
      decimals: 2,
      interval: INTERVAL,
      every: EVERY,
    },
    say,
  ),
  chart(
    {
      title: { id: 'Nilai tiap detik', en: 'Readings a second' },
      description: {
        id: 'Nilai yang disimpan, dikenali sebagai duplikat, direvisi, dan ditolak.',
        en: 'Readings that were stored, recognised as duplicates, revised and refused.',
      },
      targets: [
        rates(
          [
            { field: 'readings_stored', title: { id: 'disimpan', en: 'stored' } },
            { field: 'readings_duplicates', title: { id: 'duplikat', en: 'duplicates' } },
            { field: 'readings_revised', title: { id: 'revisi', en: 'revised' } },
            { field: 'readings_refused', title: { id: 'ditolak', en: 'refused' } },
          ],
          say,
        ),
      ],
      unit: 'none',
      decimals: 2,
      interval: INTERVAL,
      every: EVERY,
    },
    say,
  ),
];

/** Entries and packets that wait. */
const waiting = (say: Say): readonly Panel[] => [
  chart(
    {
      title: { id: 'Antrean', en: 'Lag' },
      description: {
        id: 'Entri jurnal yang menunggu kedua pembaca, nilai tertinggi tiap selang waktu.',
        en: 'Journal entries that wait for each of the two readers, highest of each time window.',
      },
      targets: [
        levels(
          [
            { field: 'lag_entries_storing', title: { id: 'penyimpanan', en: 'storing' } },
            { field: 'lag_entries_alerting', title: { id: 'peringatan', en: 'alerting' } },
          ],
          say,
        ),
      ],
      unit: 'none',
      decimals: 0,
      interval: INTERVAL,
      every: EVERY,
    },
    say,
  ),
  chart(
    {
      title: { id: 'Karantina', en: 'Quarantine' },
      description: {
        id: 'Paket di karantina, nilai tertinggi tiap selang waktu.',
        en: 'Packets in quarantine, highest of each time window.',
      },
      targets: [levels([{ field: 'quarantine_packets', title: { id: 'paket', en: 'packets' } }], say)],
      unit: 'none',
      decimals: 0,
      interval: INTERVAL,
      every: EVERY,
    },
    say,
  ),
];

export const pipeline: Board = {
  name: 'pipeline',
  title: { id: 'Alur data', en: 'Pipeline' },
  description: {
    id: 'Pesan yang diterima, disimpan, dikenali sebagai duplikat, dikarantina, dan masih menunggu.',
    en: 'What was received, stored, recognised as a duplicate and quarantined, and what still waits.',
  },
  range: '6h',
  variables: () => [],
  rows: (say) => [...tiled([...summary(say), ...proof(say)], 4, 4), ...tiled([...flow(say), ...waiting(say)], 12, 9)],
};
