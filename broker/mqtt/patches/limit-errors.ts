/**
 * Patch: the reasons for which Aedes disconnects a client.
 *
 * Upstream: Aedes gives an error with a text and no code.
 * Clause: none; the texts are mapped to the reasons that the broker counts and logs.
 * Seen on: Aedes 1.2.0, mqtt-packet 9.0.2.
 */
import type { RefusalReason } from '#broker/metrics/counts.ts';
import { NO_PACKET_ID } from './delivery/packet-ids.ts';

/** Prefixes of the errors with which Aedes, or one of the patches, disconnects a client that exceeded a limit. */
const PREFIXES: readonly (readonly [prefix: string, reason: RefusalReason])[] = [
  ['connect did not arrive in time', 'connect-timeout'],
  ['topic has too many levels', 'topic-levels'],
  ['maxInflightInbound exceeded', 'releases'],
  ['drain timeout', 'drain-timeout'],
  [NO_PACKET_ID, 'packet-ids'],
];

/** Errors for malformed packets. Matched in full: other errors of the parser share these prefixes. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  // a second CONNECT, or another packet before the CONNECT [MQTT-3.1.0-1] [MQTT-3.1.0-2]
  'Invalid protocol',
  'empty topic not allowed in PUBLISH',
  '# is not allowed in PUBLISH',
  '+ is not allowed in PUBLISH',
]);

/** The reason for which Aedes disconnected a client. Undefined when it is not a counted reason. */
export const limitOf = ({ message }: Pick<Error, 'message'>): RefusalReason | undefined =>
  FORBIDDEN.has(message) ? 'malformed' : PREFIXES.find(([prefix]) => message.startsWith(prefix))?.[1];
