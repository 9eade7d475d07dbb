/**
 * Patch: repeated packets of MQTT 3.1.
 *
 * Upstream: the parser refuses a PUBREL, SUBSCRIBE or UNSUBSCRIBE with the DUP flag, also on a connection of MQTT 3.1.
 * Clause: MQTT 3.1 sections 3.6, 3.8 and 3.10 set the flag in a repeated packet; MQTT 3.1.1 reserves it [MQTT-2.2.2-1].
 * Seen on: Aedes 1.2.0, mqtt-packet 9.0.2.
 */
import type { Parser } from '#broker/mqtt/patches/internals.ts';

/** Protocol level of MQTT 3.1. */
export const MQTT_3_1 = 3;

const DUP = 0x08;

/** First bytes of PUBREL, SUBSCRIBE and UNSUBSCRIBE with the DUP flag. */
const RETRIES: ReadonlySet<number> = new Set([0x6a, 0x8a, 0xaa]);

/** Clears the flag before the parser reads the header. */
export const acceptRetries = (parser: Parser): void => {
  const parse = parser._parseHeader.bind(parser);
  parser._parseHeader = () => {
    // a view of the byte that the parser reads, not a copy
    const header = parser._list.slice(0, 1);
    const [first = 0] = header;
    if (RETRIES.has(first)) header[0] = first & ~DUP;
    return parse();
  };
};
