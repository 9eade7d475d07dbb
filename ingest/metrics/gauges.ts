import { Gauge, type Registry } from 'prom-client';
import { ASSURANCES, type State, SYSTEM_STATES } from '#model/registry/state.ts';

/** Figures that are measured on demand, not counted on the way. */
export interface Gauges {
  /** Entries between the newest synced one and each reader. */
  readonly lag: () => { readonly storing: number; readonly alerting: number };
  /** Sequence of the newest entry that the broker has synced. */
  readonly synced: () => number;
  readonly openPackets: () => number;
  readonly quarantineBytes: () => number;
  readonly isStoreAway: () => boolean;
  readonly states: () => readonly State[];
}

/**
 * The state of each station. Unknown is not a number, so that it is neither normal nor above a level. The states are
 * computed once a report: the first gauge is collected first, and sets the others too.
 */
const showStates = (registry: Registry, states: () => readonly State[]): void => {
  const labelNames = ['station', 'family'] as const;
  const registers = [registry];
  const hazardGauge = new Gauge({
    name: 'klawing_ingest_station_hazard',
    help: 'Rank of the level that the newest valid value has crossed: 0 normal to 3; NaN where it is unknown.',
    labelNames,
    registers,
    collect() {
      for (const gauge of [hazardGauge, assuranceGauge, systemGauge]) gauge.reset();
      for (const { station, family, hazard, assurance, system } of states()) {
        const labels = { station, family };
        hazardGauge.set(labels, hazard.rank ?? Number.NaN);
        assuranceGauge.set(labels, ASSURANCES.indexOf(assurance));
        systemGauge.set(labels, SYSTEM_STATES.indexOf(system.state));
      }
    },
  });
  const assuranceGauge = new Gauge({
    name: 'klawing_ingest_station_assurance',
    help: 'Reliability of the hazard: 0 valid, 1 doubtful, 2 stale, 3 unknown.',
    labelNames,
    registers,
  });
  const systemGauge = new Gauge({
    name: 'klawing_ingest_station_system',
    help: 'Most serious condition of its devices: 0 in order, 1 store away, 2 offline, 3 silent.',
    labelNames,
    registers,
  });
};

/** Shows what the readers know whenever the figures are asked for. */
export const showGauges = (
  registry: Registry,
  { lag, synced, openPackets, quarantineBytes, isStoreAway, states }: Gauges,
): void => {
  const registers = [registry];
  showStates(registry, states);
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
