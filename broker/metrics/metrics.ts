import { Counter, Gauge, Registry } from 'prom-client';
import { processMetrics } from '#process/process-metrics.ts';
import type { Qos } from '#model/readings/packet.ts';
import type { JournalWriter } from '#journal/journal.ts';
import type { Acknowledger } from '#broker/publish/acknowledger.ts';
import { type BrokerCounts, FORWARDED, LIMITS, OUTCOMES, REFUSALS, UNSERVED } from './counts.ts';
import type { ConnectionLimiter } from '#model/limits/connection-limiter.ts';
import type { Backpressure } from '#broker/net/backpressure.ts';
import type { UnfinishedPackets } from '#broker/net/unfinished.ts';
import type { SessionPersistence } from '#broker/sessions/start.ts';

export interface MetricSources {
  readonly counts: BrokerCounts;
  readonly acknowledger: Acknowledger;
  readonly journal: JournalWriter;
  readonly connections: () => number;
  /** Packets that wait for their delivery to subscribers. */
  readonly queued: () => number;
  /** Figures of persistent sessions and retained messages. */
  readonly persistent: SessionPersistence['figures'];
  readonly limiter: Pick<ConnectionLimiter, 'open' | 'sources'>;
  readonly backpressure: Pick<Backpressure, 'paused'>;
  readonly unfinished: Pick<UnfinishedPackets, 'packets' | 'bytes'>;
}

const LEVELS: readonly Qos[] = [0, 1, 2];
const STALLS = ['bound', 'reserve', 'error'] as const;

/** The metrics of the broker as Prometheus text. They are computed on request. */
export const createMetrics = (sources: MetricSources): { text(): Promise<string> } => {
  const registry = new Registry();
  describeTraffic(registry, sources);
  describeLimits(registry, sources);
  describePersistent(registry, sources.persistent);
  describeJournal(registry, sources.journal);
  return { text: async () => (await registry.metrics()) + processMetrics('klawing_broker') };
};

// oxlint-disable-next-line max-lines-per-function -- a list of metrics
const describeTraffic = (registry: Registry, sources: MetricSources): void => {
  const { counts, acknowledger } = sources;
  const registers = [registry];
  new Counter({
    name: 'klawing_broker_messages_total',
    help: 'Publishes by QoS and outcome',
    labelNames: ['qos', 'outcome'],
    registers,
    collect() {
      this.reset();
      for (const outcome of OUTCOMES) {
        for (const qos of LEVELS) this.inc({ qos, outcome }, counts.messages[outcome][qos]);
      }
    },
  });
  new Counter({
    name: 'klawing_broker_refused_total',
    help: 'Refused connections, subscriptions and publishes by reason',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const reason of REFUSALS) this.inc({ reason }, counts.refused[reason]);
    },
  });
  new Counter({
    name: 'klawing_broker_forwarded_total',
    help: 'Messages of network servers by type',
    labelNames: ['what'],
    registers,
    collect() {
      this.reset();
      for (const what of FORWARDED) this.inc({ what }, counts.forwarded[what]);
    },
  });
  new Counter({
    name: 'klawing_broker_unserved_packets_total',
    help: 'Packets dropped because their connection had ended, complete or unfinished',
    labelNames: ['came'],
    registers,
    collect() {
      this.reset();
      for (const came of UNSERVED) this.inc({ came }, counts.unserved[came]);
    },
  });
  total(
    registry,
    'klawing_broker_payload_bytes_total',
    'Payload bytes offered to the journal',
    () => counts.payloadBytes,
  );
  total(registry, 'klawing_broker_accepted_connections_total', 'Connections accepted', () => counts.connections);
  total(registry, 'klawing_broker_posted_messages_total', 'HTTP bodies journaled', () => counts.posted);
  total(registry, 'klawing_broker_presence_lost_total', 'Presence entries not journaled', () => counts.presenceLost);
  level(registry, 'klawing_broker_connections', 'Connections open', sources.connections);
  level(registry, 'klawing_broker_in_flight_messages', 'Packets waiting for a sync', () => acknowledger.packets);
  level(
    registry,
    'klawing_broker_in_flight_bytes',
    'Memory of the packets waiting for a sync',
    () => acknowledger.bytes,
  );
  level(registry, 'klawing_broker_queued_messages', 'Packets waiting for delivery to subscribers', sources.queued);
};

const describeLimits = (registry: Registry, { counts, limiter, backpressure, unfinished }: MetricSources): void => {
  new Counter({
    name: 'klawing_broker_limited_total',
    help: 'Connections and requests delayed or reduced by a limit, by its name',
    labelNames: ['limit'],
    registers: [registry],
    collect() {
      this.reset();
      for (const limit of LIMITS) this.inc({ limit }, counts.limited[limit]);
    },
  });
  level(registry, 'klawing_broker_sockets', 'Open sockets, authenticated or not', () => limiter.open);
  level(registry, 'klawing_broker_addresses', 'Addresses with counted connections', () => limiter.sources);
  level(registry, 'klawing_broker_unfinished_packets', 'Unfinished packets', () => unfinished.packets);
  level(registry, 'klawing_broker_unfinished_bytes', 'Memory of unfinished packets', () => unfinished.bytes);
  level(
    registry,
    'klawing_broker_paused_connections',
    'Connections not read because of backpressure',
    () => backpressure.paused,
  );
};

const describePersistent = (registry: Registry, persistent: SessionPersistence['figures']): void => {
  level(registry, 'klawing_broker_persistent_sessions', 'Persistent sessions', () => persistent().sessions);
  level(
    registry,
    'klawing_broker_session_messages',
    'Messages waiting in persistent sessions',
    () => persistent().waiting,
  );
  level(registry, 'klawing_broker_session_bytes', 'Bytes waiting in persistent sessions', () => persistent().bytes);
  level(registry, 'klawing_broker_retained_messages', 'Retained messages', () => persistent().retained);
  level(
    registry,
    'klawing_broker_retained_bytes',
    'Bytes of retained messages and their topics',
    () => persistent().retainedBytes,
  );
  total(
    registry,
    'klawing_broker_session_dropped_total',
    'Messages of persistent sessions dropped at a limit',
    () => persistent().dropped,
  );
};

const describeJournal = (registry: Registry, journal: JournalWriter): void => {
  const state = (): ReturnType<JournalWriter['state']> => journal.state();
  total(registry, 'klawing_broker_journal_commits_total', 'Group commits of the journal', () => state().commits);
  level(registry, 'klawing_broker_journal_commit_seconds', 'Last write and sync', () => state().lastCommitMs / 1_000);
  level(registry, 'klawing_broker_journal_bytes', 'Size of the journal', () => state().bytes);
  level(registry, 'klawing_broker_journal_segments', 'Segments of the journal', () => state().segments);
  level(registry, 'klawing_broker_journal_first_sequence', 'Oldest entry', () => state().first);
  level(registry, 'klawing_broker_journal_last_sequence', 'Newest synced entry', () => state().last);
  new Gauge({
    name: 'klawing_broker_journal_stalled',
    help: '1 while acknowledging is stopped for this cause',
    labelNames: ['cause'],
    registers: [registry],
    collect() {
      const { stalled } = state();
      for (const cause of STALLS) this.set({ cause }, stalled === cause ? 1 : 0);
    },
  });
};

const total = (registry: Registry, name: string, help: string, read: () => number): void => {
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(read());
    },
  });
};

const level = (registry: Registry, name: string, help: string, read: () => number): void => {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
};
