import { NO_PACKET_ID } from './aedes-packet-ids.ts';
import type { RefusalReason } from './counts.ts';

/** How the errors begin with which Aedes 1.2, or what mends it, closes a client that has passed one of its limits. */
const SAID: readonly (readonly [beginning: string, reason: RefusalReason])[] = [
  ['connect did not arrive in time', 'connect-timeout'],
  ['Client queue limit reached', 'connect-queue'],
  ['topic has too many levels', 'topic-levels'],
  ['maxInflightInbound exceeded', 'releases'],
  ['drain timeout', 'drain-timeout'],
  [NO_PACKET_ID, 'packet-ids'],
];

/** Which limit of Aedes it was, or none of them. */
export const limitOf = ({ message }: Error): RefusalReason | undefined =>
  SAID.find(([beginning]) => message.startsWith(beginning))?.[1];
