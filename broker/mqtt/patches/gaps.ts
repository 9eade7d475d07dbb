import type { Aedes, Client, PublishPacket, Subscription } from 'aedes';
import { type ClosingDeps, serveToTheEnd } from './closing.ts';
import { patchDelivery } from './delivery.ts';
import { patchIncoming } from './incoming-qos2.ts';
import { type PacketRules, patchParser } from './parser.ts';
import { patchPacketIds, type PacketIds } from './packet-ids.ts';
import { patchSessions } from './sessions.ts';
import { patchTakeOver } from './take-over.ts';
import type { SessionPersistence } from '#broker/sessions/start.ts';

/**
 * What Aedes 1.2 leaves open and offers no option for, closed from outside through parts of it that are not in its
 * types. Each way in is checked before it is used, so that an upgrade which moves it fails loudly.
 */
export interface Gaps {
  /** Packets that wait for a free slot to be delivered. */
  readonly queued: () => number;
  /** To be called with every new client. */
  readonly mend: (client: Client, rules: PacketRules & ClosingDeps) => void;
}

interface Persistence {
  addSubscriptions(client: Client, subscriptions: readonly Subscription[]): Promise<unknown>;
}

const isPersistence = (value: unknown): value is Persistence =>
  typeof value === 'object' &&
  value !== null &&
  'addSubscriptions' in value &&
  typeof value.addSubscriptions === 'function';

const isQueue = (value: unknown): value is { readonly length: number } =>
  typeof value === 'object' && value !== null && 'length' in value && typeof value.length === 'number';

const moved = (part: string): Error =>
  new Error(`this version of Aedes has no ${part}; see broker/mqtt/patches/gaps.ts`);

export interface GapDeps {
  /**
   * The rule for a filter. Aedes stores all filters of a SUBSCRIBE for a session that is to be kept, also those that were
   * refused, and would queue their messages for it.
   */
  readonly isAllowed: (client: Client, filter: string) => boolean;
  readonly keeping: Pick<SessionPersistence, 'isInUse' | 'end'>;
  /** Packet ids of QoS 2 that may wait for their PUBREL in all, and who is told of a client whose ids had to go. */
  readonly releasesInAll: number;
  readonly onForgotten: (client: string) => void;
}

export const patchGaps = (aedes: Aedes, deps: GapDeps): Gaps => {
  const { isAllowed, keeping } = deps;
  const persistence: unknown = Reflect.get(aedes, 'persistence');
  const queue: unknown = Reflect.get(aedes, 'mq');
  if (!isPersistence(persistence)) throw moved('persistence.addSubscriptions');
  if (!isQueue(queue)) throw moved('mq.length');

  const add = persistence.addSubscriptions.bind(persistence);
  persistence.addSubscriptions = (client, subscriptions) =>
    add(
      client,
      subscriptions.filter(({ topic }) => isAllowed(client, topic)),
    );

  const idsOf = lendPacketIds(aedes, keeping);
  const resending = patchSessions(aedes, idsOf);
  patchIncoming(aedes, deps.releasesInAll, deps.onForgotten);
  patchTakeOver(aedes, keeping.end);
  const mend: Gaps['mend'] = (client, rules) => {
    patchParser(client, rules, serveToTheEnd(client, rules));
    patchDelivery(client, idsOf(client), resending);
  };
  return { queued: () => queue.length, mend };
};

/** The packet ids of each client. One whose message turns out not to be for its client is free again. */
const lendPacketIds = (
  aedes: Aedes,
  { isInUse }: Pick<SessionPersistence, 'isInUse'>,
): ((client: Client) => PacketIds) => {
  const known = new WeakMap<Client, PacketIds>();
  const idsOf = (client: Client): PacketIds => {
    const ids = known.get(client) ?? patchPacketIds(client, (id) => isInUse(client.id, id));
    known.set(client, ids);
    return ids;
  };
  const forward = aedes.authorizeForward;
  aedes.authorizeForward = (client, packet) => {
    const heard = forward(client, packet);
    if (heard === null || heard === undefined) idsOf(client).giveBack(packet.messageId);
    return heard;
  };
  return idsOf;
};

type RoutedPacket = (packet: PublishPacket, client: Client | null, done: () => void) => void;

const isRoute = (value: unknown): value is RoutedPacket => typeof value === 'function' && value.length === 3;

/**
 * Leaves out the routing of what nobody can be listening to: after its PUBACK, Aedes looks for subscribers of every
 * packet in two places, which is a third of its work.
 */
export const skipUnheard = (aedes: Aedes, isUnheard: (client: Client, packet: PublishPacket) => boolean): void => {
  const route: unknown = Reflect.get(aedes, 'publish');
  if (!isRoute(route)) throw moved('publish');
  const skipping: RoutedPacket = (packet, client, done) => {
    if (typeof client === 'object' && client !== null && isUnheard(client, packet)) done();
    else route.call(aedes, packet, client, done);
  };
  Reflect.set(aedes, 'publish', skipping);
};
