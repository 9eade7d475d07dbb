/**
 * All patches of Aedes. They use members that are not in its types; each member is checked when the broker starts, so that an
 * upgrade of Aedes which moves one fails at once. Each file names the upstream behaviour, the clause and the versions, and
 * docs/patches.md lists them.
 */
import type { Aedes, Client } from 'aedes';
import type { SessionPersistence } from '#broker/sessions/start.ts';
import { servePublishes } from './at-least-once.ts';
import { type ClosingDeps, closeAfterLastPacket } from './closing.ts';
import { patchDelivery } from './delivery/delivery.ts';
import { packetIdsOf } from './delivery/packet-ids.ts';
import { routingQueue } from './delivery/skip-routing.ts';
import { type PacketRules, patchParser } from './parser/parser.ts';
import { patchIncoming } from './sessions/incoming-qos2.ts';
import { patchCopies } from './sessions/one-copy.ts';
import { patchRefusedFilters } from './sessions/refused-filters.ts';
import { patchResend } from './sessions/resend.ts';
import { patchTakeOver } from './take-over.ts';

export interface EnginePatches {
  /** Packets that wait for a free slot of the routing. */
  readonly queued: () => number;
  /** Patches a new client, before it has received anything. */
  readonly patchClient: (client: Client, rules: PacketRules & ClosingDeps) => void;
}

export interface PatchDeps {
  /** Tells whether a client may hold a subscription to the filter. */
  readonly isAllowed: (client: Client, filter: string) => boolean;
  readonly persistence: Pick<SessionPersistence, 'isInUse' | 'end'>;
  /** Packet ids of QoS 2 that may wait for their PUBREL, total of all clients. */
  readonly maxReleases: number;
  /** Called with a client whose packet ids were deleted because of that limit. */
  readonly onForgotten: (client: string) => void;
  /** Called with the client that loses its id and the one that takes it. */
  readonly onTakenOver: (before: Client, by: Client) => void;
}

export const applyPatches = (aedes: Aedes, deps: PatchDeps): EnginePatches => {
  const { isAllowed, persistence } = deps;
  const idsOf = packetIdsOf(aedes, persistence.isInUse);
  patchRefusedFilters(aedes, isAllowed);
  patchCopies(aedes);
  const resending = patchResend(aedes, idsOf);
  patchIncoming(aedes, deps.maxReleases, deps.onForgotten);
  const isTakenOver = patchTakeOver(aedes, persistence.end, deps.onTakenOver);
  const laneOf = servePublishes(aedes);
  return {
    queued: routingQueue(aedes),
    patchClient: (client, rules) => {
      const tracker = closeAfterLastPacket(client, rules, isTakenOver);
      patchParser(client, rules, { tracker, lane: laneOf(client) });
      patchDelivery(client, idsOf(client), resending);
    },
  };
};
