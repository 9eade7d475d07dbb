/**
 * Patch: the answer to an unknown protocol level.
 *
 * Upstream: the parser refuses a CONNECT with an unknown protocol level, and Aedes closes the connection without a CONNACK.
 * Clause: [MQTT-3.1.2-2], the server responds with the return code 1.
 * Seen on: Aedes 1.2.0, mqtt-packet 9.0.2.
 */
import type { Client } from 'aedes';

/** CONNACK with the return code 1, unacceptable protocol level. */
const UNACCEPTABLE_LEVEL = Buffer.from([0x20, 0x02, 0x00, 0x01]);

/** Answers when the parser failed for this reason; true when it did. */
export const answerUnknownLevel = (client: Client, { message }: Error): boolean => {
  if (message !== 'Invalid protocol version') return false;
  client.conn.write(UNACCEPTABLE_LEVEL);
  return true;
};
