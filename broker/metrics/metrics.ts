import { Counter, Gauge, Registry } from 'prom-client';
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
  /** Packets that wait for delivery to subscribers. */
  readonly queued: () => number;
  /** What is kept for sessions that outlive their connections. */
  readonly kept: SessionPersistence['figures'];
  readonly entrance: Pick<ConnectionLimiter, 'open' | 'sources'>;
  readonly pressure: Pick<Backpressure, 'held'>;
  readonly unfinished: Pick<UnfinishedPackets, 'packets' | 'bytes'>;
}

const LEVELS: readonly Qos[] = [0, 1, 2];
const STALLS = ['bound', 'reserve', 'error'] as const;

/** The broker's own figures as Prometheus text; nothing is computed until it is asked for. */
export const createMetrics = (sources: MetricSources): { text(): Promise<string> } => {
  const registry = new Registry();
  describeTraffic(registry, sources);
  describeLimits(registry, sources);
  describeKept(registry, sources.kept);
  describeJournal(registry, sources.journal);
  return { text: () => registry.metrics() };
};

const describeTraffic = (registry: Registry, sources: MetricSources): void => {
  const { counts, acknowledger } = sources;
  const registers = [registry];
  new Counter({
    name: 'klawing_broker_messages_total',
    help: 'Publishes by QoS and by what became of them',
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
    help: 'Connections, subscriptions and publishes turned away, by reason',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const reason of REFUSALS) this.inc({ reason }, counts.refused[reason]);
    },
  });
  new Counter({
    name: 'klawing_broker_forwarded_total',
    help: 'Messages of network servers, by what they are',
    labelNames: ['what'],
    registers,
    collect() {
      this.reset();
      for (const what of FORWARDED) this.inc({ what }, counts.forwarded[what]);
    },
  });
  new Counter({
    name: 'klawing_broker_unserved_packets_total',
    help: 'Packets dropped because their connection was over, whole or not',
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
  level(registry, 'klawing_broker_in_flight_bytes', 'Memory of what waits for a sync', () => acknowledger.bytes);
  level(registry, 'klawing_broker_queued_messages', 'Packets waiting for delivery to subscribers', sources.queued);
};

const describeLimits = (registry: Registry, { counts, entrance, pressure, unfinished }: MetricSources): void => {
  new Counter({
    name: 'klawing_broker_limited_total',
    help: 'Connections slowed down and requests cut down by a limit, by its name',
    labelNames: ['limit'],
    registers: [registry],
    collect() {
      this.reset();
      for (const limit of LIMITS) this.inc({ limit }, counts.limited[limit]);
    },
  });
  level(registry, 'klawing_broker_sockets', 'Sockets open, known or not', () => entrance.open);
  level(registry, 'klawing_broker_addresses', 'Addresses whose connections are counted', () => entrance.sources);
  level(
    registry,
    'klawing_broker_unfinished_packets',
    'Packets of which only the beginning has come',
    () => unfinished.packets,
  );
  level(registry, 'klawing_broker_unfinished_bytes', 'Memory of them', () => unfinished.bytes);
  level(
    registry,
    'klawing_broker_held_connections',
    'Connections not read until the disk is back',
    () => pressure.held,
  );
};

const describeKept = (registry: Registry, kept: SessionPersistence['figures']): void => {
  level(registry, 'klawing_broker_kept_sessions', 'Sessions that outlive their connections', () => kept().sessions);
  level(registry, 'klawing_broker_kept_messages', 'Messages that wait for kept sessions', () => kept().waiting);
  level(registry, 'klawing_broker_kept_bytes', 'Bytes that wait for kept sessions', () => kept().bytes);
  level(registry, 'klawing_broker_retained_messages', 'Retained messages', () => kept().retained);
  level(registry, 'klawing_broker_retained_bytes', 'Bytes of them, with their topics', () => kept().retainedBytes);
  total(registry, 'klawing_broker_kept_dropped_total', 'Messages dropped for want of room', () => kept().dropped);
};

const describeJournal = (registry: Registry, journal: JournalWriter): void => {
  const state = (): ReturnType<JournalWriter['state']> => journal.state();
  total(registry, 'klawing_broker_journal_commits_total', 'Group commits of the journal', () => state().commits);
  level(registry, 'klawing_broker_journal_commit_seconds', 'Last write and sync', () => state().lastCommitMs / 1_000);
  level(registry, 'klawing_broker_journal_bytes', 'Size of the journal', () => state().bytes);
  level(registry, 'klawing_broker_journal_segments', 'Segments of the journal', () => state().segments);
  level(registry, 'klawing_broker_journal_first_sequence', 'Oldest entry held', () => state().first);
  level(registry, 'klawing_broker_journal_last_sequence', 'Newest synced entry', () => state().last);
  new Gauge({
    name: 'klawing_broker_journal_stalled',
    help: '1 while nothing is acknowledged for this cause',
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
