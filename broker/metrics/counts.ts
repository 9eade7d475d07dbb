import type { Qos } from '#model/readings/packet.ts';

/** Outcomes of a publish. `dropped`: QoS 0 without room. `failed`: not acknowledged, and the connection was closed. */
export const OUTCOMES = ['journaled', 'brokered', 'refused', 'failed', 'dropped'] as const;
export type PublishOutcome = (typeof OUTCOMES)[number];

/** Reasons to refuse a connection or a request. */
export const REFUSALS = [
  'connections',
  'connections-per-address',
  'connections-per-identity',
  'connection-rate',
  'connection-rate-per-address',
  'connect-timeout',
  'packet-ids',
  'connect-too-large',
  'packet-too-large',
  'length-malformed',
  'packet-timeout',
  'unfinished',
  'malformed',
  'protocol-level',
  'credentials',
  'client-id',
  'client-id-length',
  'topic-length',
  'topic-levels',
  'will',
  'publish',
  'sparkplug',
  'subscribe',
  'subscriptions',
  'releases',
  'drain-timeout',
  'session',
  'revoked',
  'journal',
  'tls',
  'tls-on-plain-port',
  'web-origin',
] as const;
export type RefusalReason = (typeof REFUSALS)[number];

/** Limits that delayed or reduced a request without refusing it. */
export const LIMITS = [
  'device-messages',
  'device-bytes',
  'in-flight',
  'keepalive',
  'releases',
  'retained-size',
  'retained',
] as const;
export type LimitName = (typeof LIMITS)[number];

/**
 * Messages of network servers: uplinks of their devices and of unassigned devices (which end in quarantine), states of devices, answers to
 * downlinks, and messages without use.
 */
export const FORWARDED = ['uplink', 'stranger', 'state', 'reply', 'ignored'] as const;
export type ForwardedName = (typeof FORWARDED)[number];

/** Packets that were received and not handled, because the connection had ended: complete and unfinished ones. */
export const UNSERVED = ['whole', 'unfinished'] as const;
export type UnservedName = (typeof UNSERVED)[number];

type ByQos = [number, number, number];

/** Counters of the hot path, which `metrics.ts` reads when metrics are requested. */
export interface BrokerCounts {
  readonly messages: Readonly<Record<PublishOutcome, ByQos>>;
  readonly refused: Record<RefusalReason, number>;
  readonly limited: Record<LimitName, number>;
  readonly forwarded: Record<ForwardedName, number>;
  readonly unserved: Record<UnservedName, number>;
  payloadBytes: number;
  /** Connections accepted by CONNECT. */
  connections: number;
  /** HTTP bodies that were journaled. */
  posted: number;
  /** Presence entries that the journal refused. */
  presenceLost: number;
}

export const createCounts = (): BrokerCounts => ({
  messages: {
    journaled: [0, 0, 0],
    brokered: [0, 0, 0],
    refused: [0, 0, 0],
    failed: [0, 0, 0],
    dropped: [0, 0, 0],
  },
  refused: {
    connections: 0,
    'connections-per-address': 0,
    'connections-per-identity': 0,
    'connection-rate': 0,
    'connection-rate-per-address': 0,
    'connect-timeout': 0,
    'packet-ids': 0,
    'connect-too-large': 0,
    'packet-too-large': 0,
    'length-malformed': 0,
    'packet-timeout': 0,
    unfinished: 0,
    malformed: 0,
    'protocol-level': 0,
    credentials: 0,
    'client-id': 0,
    'client-id-length': 0,
    'topic-length': 0,
    'topic-levels': 0,
    will: 0,
    publish: 0,
    sparkplug: 0,
    subscribe: 0,
    subscriptions: 0,
    releases: 0,
    'drain-timeout': 0,
    session: 0,
    revoked: 0,
    journal: 0,
    tls: 0,
    'tls-on-plain-port': 0,
    'web-origin': 0,
  },
  limited: {
    'device-messages': 0,
    'device-bytes': 0,
    'in-flight': 0,
    keepalive: 0,
    releases: 0,
    'retained-size': 0,
    retained: 0,
  },
  forwarded: { uplink: 0, stranger: 0, state: 0, reply: 0, ignored: 0 },
  unserved: { whole: 0, unfinished: 0 },
  payloadBytes: 0,
  connections: 0,
  posted: 0,
  presenceLost: 0,
});

export const countMessage = (counts: BrokerCounts, outcome: PublishOutcome, qos: Qos): void => {
  counts.messages[outcome][qos] += 1;
};
