import { NO_PACKET_ID } from './packet-ids.ts';
import type { RefusalReason } from '#broker/metrics/counts.ts';

/** How the errors begin with which Aedes 1.2, or what mends it, closes a client that has passed one of its limits. */
const SAID: readonly (readonly [beginning: string, reason: RefusalReason])[] = [
  ['connect did not arrive in time', 'connect-timeout'],
  ['topic has too many levels', 'topic-levels'],
  ['maxInflightInbound exceeded', 'releases'],
  ['drain timeout', 'drain-timeout'],
  [NO_PACKET_ID, 'packet-ids'],
];

/** Packets that the text forbids and neither the parser nor `well-formed.ts` stops; whole, for the parser begins others so. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  // a second CONNECT, or another packet first [MQTT-3.1.0-1] [MQTT-3.1.0-2]
  'Invalid protocol',
  'empty topic not allowed in PUBLISH',
  '# is not allowed in PUBLISH',
  '+ is not allowed in PUBLISH',
]);

/** What Aedes closed a client for, where it is something that is counted. */
export const limitOf = ({ message }: Pick<Error, 'message'>): RefusalReason | undefined =>
  FORBIDDEN.has(message) ? 'malformed' : SAID.find(([beginning]) => message.startsWith(beginning))?.[1];
