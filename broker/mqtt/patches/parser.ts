import { isUtf8 } from 'node:buffer';
import { EventEmitter } from 'node:events';
import type { Client, Subscription } from 'aedes';
import type { Serving } from './closing.ts';
import { type ParsedPacket, malformation } from '#broker/mqtt/well-formed.ts';

/** The parser of a connection, with the parts of `mqtt-packet` that are not in its types. */
interface Parser extends EventEmitter {
  _parseHeader(): boolean;
  _parseString(): string | null;
  _pos: number;
  _list: { slice(from: number, to: number): Uint8Array };
}

const isParser = (value: unknown): value is Parser =>
  value instanceof EventEmitter &&
  ['_parseHeader', '_parseString'].every((name) => typeof Reflect.get(value, name) === 'function') &&
  typeof Reflect.get(value, '_list') === 'object' &&
  value.listenerCount('packet') === 1;

export interface PacketRules {
  /**
   * What a client may ask for at most. The SUBACK repeats the QoS of the request whatever `authorizeSubscribe` grants, so
   * it is lowered in the request.
   */
  readonly maxQos: 1 | 2;
  /** Told why a connection is closed. */
  readonly onMalformed: (wrong: string) => void;
  /** Told of a CONNECT of a level that nobody knows. */
  readonly onLevel: () => void;
}

/** CONNACK with code 1. */
const UNACCEPTABLE_LEVEL = Buffer.from([0x20, 0x02, 0x00, 0x01]);

/**
 * Stands between the parser of a new client and Aedes: a packet that the text of MQTT 3.1.1 forbids closes the
 * connection and is not seen by Aedes. A CONNECT of a level that the parser does not know is told so before.
 */
export const patchParser = (client: Client, { maxQos, onMalformed, onLevel }: PacketRules, serving: Serving): void => {
  const parser: unknown = Reflect.get(client, '_parser');
  if (!isParser(parser))
    throw new Error('this version of Aedes has another client._parser; see broker/mqtt/patches/parser.ts');
  checkStrings(parser);

  const [take] = parser.listeners('packet');
  let isOver = false;
  const check = (packet: ParsedPacket): void => {
    if (isOver) return;
    const wrong = malformation(packet);
    const isLeaving = packet.cmd === 'disconnect' && isKnown(client);
    isOver = wrong !== undefined || isLeaving;
    if (wrong !== undefined) {
      serving.refusing();
      onMalformed(wrong);
      client.emit('error', new Error(wrong));
      return;
    }
    if (isLeaving) {
      serving.leaving();
      return;
    }
    serving.handing();
    if (packet.cmd === 'connect' && packet.protocolVersion === MQTT_3_1) takeRetries(parser);
    if (packet.subscriptions !== undefined) capQos(packet.subscriptions, maxQos);
    take?.call(parser, packet);
  };
  parser.removeAllListeners('packet');
  parser.on('packet', check);

  parser.prependListener('error', (error: Error) => {
    serving.refusing();
    // [MQTT-3.1.2-2]
    if (!isKnown(client) && error.message === 'Invalid protocol version') {
      onLevel();
      client.conn.write(UNACCEPTABLE_LEVEL);
    } else {
      onMalformed(error.message);
    }
  });
};

/** Level of MQTT 3.1. */
const MQTT_3_1 = 3;

const DUP = 0x08;

/** First bytes of PUBREL, SUBSCRIBE and UNSUBSCRIBE with the flag DUP. */
const RETRIES: ReadonlySet<number> = new Set([0x6a, 0x8a, 0xaa]);

/**
 * MQTT 3.1 has the flag DUP set in a PUBREL, SUBSCRIBE or UNSUBSCRIBE that is sent again (its sections 3.6, 3.8 and 3.10);
 * MQTT 3.1.1 reserves it [MQTT-2.2.2-1], and so does the parser. Such a packet is taken like the first one.
 */
const takeRetries = (parser: Parser): void => {
  const parse = parser._parseHeader.bind(parser);
  parser._parseHeader = () => {
    // not a copy, but the very byte that is parsed
    const header = parser._list.slice(0, 1);
    const [first = 0] = header;
    if (RETRIES.has(first)) header[0] = first & ~DUP;
    return parse();
  };
};

/** Has its CONNECT come? */
const isKnown = ({ connecting, connected }: Client): boolean => connecting || connected;

const capQos = (subscriptions: readonly Subscription[], maxQos: 1 | 2): void => {
  for (const asked of subscriptions) if (asked.qos > maxQos) asked.qos = maxQos;
};

/** What may stand for bytes that are no UTF-8 when these are decoded, and the character that is forbidden. */
// oxlint-disable-next-line no-control-regex
const SUSPECT = /[\u0000\uFFFD]/;

/** The parser puts U+FFFD in place of bytes that are no UTF-8, and lets U+0000 pass [MQTT-1.5.3-1] [MQTT-1.5.3-2]. */
const checkStrings = (parser: Parser): void => {
  const parse = parser._parseString.bind(parser);
  parser._parseString = () => {
    const from = parser._pos + 2;
    const text = parse();
    if (text === null || !SUSPECT.test(text)) return text;
    return !text.includes('\u0000') && isUtf8(parser._list.slice(from, parser._pos)) ? text : null;
  };
};
