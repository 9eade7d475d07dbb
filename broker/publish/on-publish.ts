import type { AedesOptions, Client, PublishPacket } from 'aedes';
import type { Clock } from '#model/base/clock.ts';
import { Fault } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Packet } from '#model/readings/packet.ts';
import { parseTopic, isSparkplug } from '#model/readings/topic.ts';
import type { PublishRight } from '#broker/auth/authorize-publish.ts';
import type { Acknowledger } from './acknowledger.ts';
import { type BrokerCounts, countMessage } from '#broker/metrics/counts.ts';
import type { LimitSettings } from '#broker/net/limit-settings.ts';
import type { CountLimited, Refuse, Sender, ReportUnserved } from '#broker/metrics/refusals.ts';
import type { ClientSession, Sessions } from './session.ts';

type AuthorizePublish = NonNullable<AedesOptions['authorizePublish']>;
type PublishAnswer = Parameters<AuthorizePublish>[2];

/** Characters of a topic that is too long, in the log. */
const LOGGED_CHARACTERS = 64;

export interface OnPublishDeps {
  readonly sessions: Sessions;
  readonly acknowledger: Acknowledger;
  readonly counts: BrokerCounts;
  readonly refuse: Refuse;
  readonly unserved: ReportUnserved;
  readonly clock: Clock;
  readonly limited: CountLimited;
  readonly limits: Pick<LimitSettings, 'topicBytes' | 'retainedMessageBytes'>;
  /** True while the broker stops: further packets are not answered, and their senders send them again. */
  readonly isStopping: () => boolean;
}

/**
 * The hook that Aedes awaits before it writes a PUBACK or PUBREC: it writes the packet to the journal and answers when the packet is on
 * disk. An error closes the connection, so an error means that the publish is not allowed or could not be made durable; the payload is not
 * read here. QoS 0 has no acknowledgement: it is journaled when there is room and never delays its connection. Retransmissions of
 * QoS 2 pass the hook too and are journaled with their DUP flag.
 */
export const createOnPublish = (deps: OnPublishDeps): AuthorizePublish => {
  const { sessions, counts, refuse, limits } = deps;

  return (client, packet, answer) => {
    const session = client === null ? undefined : sessions.of(client);
    if (deps.isStopping()) {
      // the stop of the broker does not mean that its devices are offline
      if (isWill(packet, session)) answer(new Error('the broker stops'));
      // a sender does not repeat QoS 0
      else if (packet.qos === 0) deps.unserved({ whole: 1, unfinished: 0 }, senderOf(sessions, client));
      return;
    }
    if (Buffer.byteLength(packet.topic) > limits.topicBytes) {
      countMessage(counts, 'refused', packet.qos);
      refuse('topic-length', { topic: packet.topic.slice(0, LOGGED_CHARACTERS), ...senderOf(sessions, client) });
      answer(new Fault('TOPIC_REFUSED', `the topic is longer than ${limits.topicBytes} bytes`));
      return;
    }
    const right = session === undefined ? willRight(packet) : session.rightTo(packet.topic);
    if (right === undefined) {
      countMessage(counts, 'refused', packet.qos);
      const reason = isSparkplug(packet.topic) ? 'sparkplug' : 'publish';
      refuse(reason, { topic: packet.topic, ...senderOf(sessions, client) });
      answer(new Fault('TOPIC_REFUSED', packet.topic));
      return;
    }
    if (right.forwarded !== undefined) counts.forwarded[right.forwarded] += 1;
    if (packet.retain) packet.retain = mayRetain(right, packet, deps);
    if (!isJournaled(right)) {
      countMessage(counts, 'brokered', packet.qos);
      answer();
      return;
    }
    counts.payloadBytes += packet.payload.length;
    journal(deps, toEntry(packet, { right, session }, deps.clock.now()), answer);
  };
};

const senderOf = (sessions: Sessions, client: Client | null): Sender =>
  client === null ? {} : sessions.senderOf(client);

/** Aedes publishes the will of a client that is gone without a client. Its topic was authorised at the CONNECT. */
const willRight = (packet: PublishPacket): PublishRight | undefined => {
  const topic = parseTopic(packet.topic);
  if (topic?.kind === 'status') return { kind: 'status', sender: topic.device, isRetainable: true };
  return topic === undefined ? { kind: undefined, sender: '', isRetainable: false } : undefined;
};

const mayRetain = (
  { isRetainable }: PublishRight,
  { topic, payload }: PublishPacket,
  { limits, limited }: Pick<OnPublishDeps, 'limits' | 'limited'>,
): boolean => {
  if (!isRetainable || payload.length <= limits.retainedMessageBytes) return isRetainable;
  limited('retained-size', { topic, bytes: payload.length });
  return false;
};

type JournaledRight = PublishRight & { readonly kind: Packet['kind'] };

const isJournaled = (right: PublishRight): right is JournaledRight => right.kind !== undefined;

/** Aedes passes the same object that the CONNECT contained. */
const isWill = (packet: PublishPacket, session: ClientSession | undefined): boolean =>
  session === undefined || packet === session.will;

const toEntry = (
  packet: PublishPacket,
  { right, session }: { readonly right: JournaledRight; readonly session: ClientSession | undefined },
  receivedAt: Instant,
): Packet => ({
  kind: isWill(packet, session) ? 'will' : right.kind,
  sender: right.sender,
  connection: session?.connection ?? 0,
  topic: packet.topic,
  payload: typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload,
  qos: packet.qos,
  dup: packet.dup,
  packetId: packet.messageId ?? 0,
  receivedAt,
});

const journal = ({ acknowledger, counts, refuse }: OnPublishDeps, entry: Packet, answer: PublishAnswer): void => {
  const { qos } = entry;
  acknowledger.take(entry, (fault) => {
    if (fault === undefined) {
      countMessage(counts, 'journaled', qos);
    } else {
      countMessage(counts, qos === 0 ? 'dropped' : 'failed', qos);
      refuse('journal', { code: fault.code, detail: fault.detail, device: entry.sender });
    }
    if (qos > 0) answer(fault ?? null);
  });
  if (qos === 0) answer();
};
