import { Counter, Registry } from 'prom-client';
import type { BatchCounts } from '#ingest/ledger/count.ts';
import type { QuarantinedPacket } from '#model/readings/quarantined-packet.ts';
import { type FleetFigures, fleetFigures } from './fleet.ts';
import { type Gauges, showGauges } from './gauges.ts';
import { type LedgerFigures, ledgerFigures } from './ledger.ts';
import type { Log } from '#model/base/log.ts';

/** Ingest's own figures: each event owns its log line and its counter, so that the two cannot disagree. */
export interface IngestMetrics {
  /** A batch was committed. */
  kept(counts: BatchCounts, quarantined: readonly QuarantinedPacket[]): void;
  /** Acknowledged entries that can no longer be read: the only kind of loss, so the message has all details. */
  damaged(range: { readonly from: number; readonly to: number; readonly where: string }): void;
  /** The ledger was looked at. */
  readonly ledger: LedgerFigures;
  /** The devices were looked at. */
  readonly fleet: FleetFigures;
  /** From now on, these are read whenever the figures are asked for. */
  watchGauges(gauges: Gauges): void;
  /** The same figures without those of single stations, by short names: `readings_stored`, `refused_PAYLOAD_EMPTY`, `lag_entries_storing`. */
  figures(): Promise<Readonly<Record<string, number>>>;
  /** Prometheus text, version 0.0.4. */
  text(): Promise<string>;
}

/** Quarantined packets of one batch that get a log line each; the rest is in the quarantine itself. */
const LOGGED_PER_BATCH = 5;

const tellQuarantined = (log: Log, packets: readonly QuarantinedPacket[]): void => {
  for (const { device, topic, sequence, parts } of packets.slice(0, LOGGED_PER_BATCH)) {
    const [first] = parts;
    log.warn('quarantined', {
      device,
      topic,
      sequence,
      parts: parts.length,
      code: first?.code,
      detail: first?.detail,
    });
  }
  if (packets.length > LOGGED_PER_BATCH) {
    log.warn('quarantined more', { packets: packets.length - LOGGED_PER_BATCH });
  }
};

// oxlint-disable-next-line max-lines-per-function -- a table of metrics
export const makeIngestMetrics = (log: Log): IngestMetrics => {
  const registry = new Registry();
  const registers = [registry];
  const messages = new Counter({
    name: 'klawing_ingest_messages_total',
    help: 'Messages taken from the journal, by what became of them.',
    labelNames: ['outcome'] as const,
    registers,
  });
  const readings = new Counter({
    name: 'klawing_ingest_readings_total',
    help: 'Readings decoded, by what became of them; revised ones are among the stored.',
    labelNames: ['outcome'] as const,
    registers,
  });
  const refused = new Counter({
    name: 'klawing_ingest_refused_total',
    help: 'Parts of packets put into quarantine, by fault code.',
    labelNames: ['code'] as const,
    registers,
  });
  const lost = new Counter({
    name: 'klawing_ingest_damaged_entries_total',
    help: 'Journal entries whose bytes on disk are damaged; each read that steps over them counts.',
    registers,
  });

  return {
    kept: (counts, quarantined) => {
      for (const outcome of ['processed', 'quarantined'] as const) {
        messages.inc(
          { outcome },
          counts.messages.reduce((sum, of) => sum + of[outcome], 0),
        );
      }
      for (const outcome of ['stored', 'duplicates', 'refused', 'revised', 'missing'] as const) {
        readings.inc(
          { outcome },
          counts.readings.reduce((sum, of) => sum + of[outcome], 0),
        );
      }
      for (const packet of quarantined) {
        for (const { code } of packet.parts) refused.inc({ code });
      }
      tellQuarantined(log, quarantined);
    },
    damaged: ({ from, to, where }) => {
      lost.inc(to - from + 1);
      log.error('journal damaged, entries lost', { code: 'JOURNAL_DAMAGED', from, to, where });
    },
    ledger: ledgerFigures(registry),
    fleet: fleetFigures(registry),
    watchGauges: (gauges) => showGauges(registry, gauges),
    figures: async () => {
      const metrics = await registry.getMetricsAsJSON();
      const named = metrics.flatMap(({ name, values }) =>
        values
          .filter(({ labels }) => !('station' in labels))
          .map(({ labels, value }): [string, number] => [
            [name.replace(/^klawing_ingest_|_total$/g, ''), ...Object.values(labels)].join('_').replaceAll('-', '_'),
            value,
          ]),
      );
      return Object.fromEntries(named);
    },
    text: () => registry.metrics(),
  };
};
