/** The parser of one client, with the patches between it and Aedes. */
import { EventEmitter } from 'node:events';
import type { Client, PublishPacket } from 'aedes';
import type { PublishLane } from '#broker/mqtt/patches/at-least-once.ts';
import type { PacketTracker } from '#broker/mqtt/patches/closing.ts';
import { hasMembers, hasMethods, missing, type Parser } from '#broker/mqtt/patches/internals.ts';
import { capQos } from './granted-qos.ts';
import { type ParsedPacket, malformation } from './malformed.ts';
import { acceptRetries, MQTT_3_1 } from './mqtt31-retries.ts';
import { answerUnknownLevel } from './protocol-level.ts';
import { checkStrings } from './strings.ts';
import { readWholePublishes } from './whole-publishes.ts';

const isParser = (value: unknown): value is Parser =>
  value instanceof EventEmitter &&
  hasMethods(value, ['_parseHeader', '_parseString']) &&
  hasMembers(value, ['_list'], 'object') &&
  value.listenerCount('packet') === 1;

export interface PacketRules {
  /** Highest QoS that a subscription gets. */
  readonly maxQos: 1 | 2;
  /** Called with the reason for which a connection is closed. */
  readonly onMalformed: (wrong: string) => void;
  /** Called for a CONNECT with an unknown protocol level. */
  readonly onLevel: () => void;
}

export const patchParser = (
  client: Client,
  { maxQos, onMalformed, onLevel }: PacketRules,
  { tracker, lane }: { readonly tracker: PacketTracker; readonly lane: PublishLane },
): void => {
  const parser: unknown = Reflect.get(client, '_parser');
  if (!isParser(parser)) throw missing('client._parser of mqtt-packet 9', 'parser/parser');
  checkStrings(parser);

  const [take] = parser.listeners('packet');
  let isOver = false;
  const check = (packet: ParsedPacket): void => {
    if (isOver) return;
    const wrong = malformation(packet);
    const isLeaving = packet.cmd === 'disconnect' && hasConnected(client);
    isOver = wrong !== undefined || isLeaving;
    if (wrong !== undefined) {
      tracker.refused();
      onMalformed(wrong);
      client.emit('error', new Error(wrong));
      return;
    }
    if (isLeaving) {
      tracker.disconnected();
      return;
    }
    tracker.handed();
    if (packet.cmd === 'connect' && packet.protocolVersion === MQTT_3_1) acceptRetries(parser);
    if (packet.subscriptions !== undefined) capQos(packet.subscriptions, maxQos);
    if (!isPublish(packet) || !lane.take(packet)) take?.call(parser, packet);
  };
  readWholePublishes(parser, {
    isOver: () => isOver || client.closed,
    take: (publish) => {
      tracker.handed();
      if (!lane.take(publish)) take?.call(parser, publish);
    },
  });
  parser.removeAllListeners('packet');
  parser.on('packet', check);

  parser.prependListener('error', (error: Error) => {
    tracker.refused();
    if (!hasConnected(client) && answerUnknownLevel(client, error)) onLevel();
    else onMalformed(error.message);
  });
};

const isPublish = (packet: ParsedPacket | PublishPacket): packet is PublishPacket => packet.cmd === 'publish';

const hasConnected = ({ connecting, connected }: Client): boolean => connecting || connected;
