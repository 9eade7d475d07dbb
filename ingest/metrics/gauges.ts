import { Gauge, type Registry } from 'prom-client';

/** Figures that are measured on demand, not counted on the way. */
export interface Gauges {
  /** Entries between the newest synced one and each reader. */
  readonly lag: () => { readonly storing: number; readonly alerting: number };
  /** Sequence of the newest entry that the broker has synced. */
  readonly synced: () => number;
  readonly openPackets: () => number;
  readonly quarantineBytes: () => number;
  readonly isStoreAway: () => boolean;
}

/** Shows what the readers know whenever the figures are asked for. */
export const showGauges = (
  registry: Registry,
  { lag, synced, openPackets, quarantineBytes, isStoreAway }: Gauges,
): void => {
  const registers = [registry];
  new Gauge({
    name: 'klawing_ingest_lag_entries',
    help: 'Journal entries that a reader has not taken yet.',
    labelNames: ['reader'] as const,
    registers,
    collect() {
      this.set({ reader: 'storing' }, lag().storing);
      this.set({ reader: 'alerting' }, lag().alerting);
    },
  });
  new Gauge({
    name: 'klawing_ingest_synced_sequence',
    help: 'Sequence of the newest journal entry that the broker has synced.',
    registers,
    collect() {
      this.set(synced());
    },
  });
  new Gauge({
    name: 'klawing_ingest_quarantine_packets',
    help: 'Packets that wait in quarantine.',
    registers,
    collect() {
      this.set(openPackets());
    },
  });
  new Gauge({
    name: 'klawing_ingest_quarantine_bytes',
    help: 'Bytes of the packets in quarantine, whatever their state.',
    registers,
    collect() {
      this.set(quarantineBytes());
    },
  });
  new Gauge({
    name: 'klawing_ingest_store_up',
    help: '1 while the store takes what it is given, 0 while it is away.',
    registers,
    collect() {
      this.set(isStoreAway() ? 0 : 1);
    },
  });
};
