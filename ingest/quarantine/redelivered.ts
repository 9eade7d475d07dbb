import type { Duration } from '#model/base/duration.ts';
import type { QuarantineRows } from '#storage/operations/quarantine.ts';
import type { QuarantinedPacket, QuarantinedPart } from '#model/readings/quarantined-packet.ts';

/** Refused packets of a batch. */
interface RefusedPackets {
  /** Those that come for the first time. */
  readonly first: readonly QuarantinedPacket[];
  /** Journal entries of the others: the same packet stands in the quarantine. */
  readonly again: ReadonlySet<number>;
}

const keyOf = ({ device, session, packetId }: QuarantinedPacket): string => `${device}\t${session}\t${packetId}`;

const havePlacesInCommon = (some: readonly QuarantinedPart[], others: readonly QuarantinedPart[]): boolean =>
  some.length === others.length && some.every(({ place }, index) => place === others[index]?.place);

/**
 * Finds the refused packets that were sent again: with the DUP flag, in the same session, with the same packet identifier and bytes, refused
 * in the same places. Nothing is lost with them, whatever has become of the packet that came first.
 */
export const withoutRedelivered = (
  packets: readonly QuarantinedPacket[],
  { quarantinedBefore }: Pick<QuarantineRows, 'quarantinedBefore'>,
  remembered: Duration,
): RefusedPackets => {
  const first: QuarantinedPacket[] = [];
  const again = new Set<number>();
  const here = new Map<string, QuarantinedPacket>();
  const isAgain = (packet: QuarantinedPacket): boolean => {
    const { device, session, packetId, payload, receivedAt } = packet;
    if (!packet.dup || session === undefined) return false;
    const since = receivedAt - remembered.ms;
    const inBatch = here.get(keyOf(packet));
    const isHere = inBatch !== undefined && Buffer.compare(inBatch.payload, payload) === 0;
    const before = isHere ? inBatch : quarantinedBefore({ device, session, packetId, payload, since });
    return before !== undefined && havePlacesInCommon(packet.parts, before.parts);
  };
  for (const packet of packets) {
    if (isAgain(packet)) {
      again.add(packet.sequence);
    } else {
      first.push(packet);
      here.set(keyOf(packet), packet);
    }
  }
  return { first, again };
};
