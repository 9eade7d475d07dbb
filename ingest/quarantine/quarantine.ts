import type { PreparedPacket } from '#ingest/batch.ts';
import type { QuarantinedPacket, QuarantinedPart } from '#model/readings/quarantined-packet.ts';
import { Fault } from '#model/base/fault.ts';
import type { Refusal } from '#model/readings/message.ts';
import type { Entry } from '#model/readings/packet.ts';
import type { Reading } from '#model/readings/reading.ts';

/** A reading that the store refused for good, with the store's own words. */
export interface RejectedReading {
  readonly reading: Pick<Reading, 'place' | 'sequence'>;
  readonly reason: string;
}

/** One packet may be refused in a thousand places for one reason; the first few of each say all there is to say. */
const PARTS_KEPT = 100;

export const asPart = ({ place, fault, readings }: Refusal): QuarantinedPart => ({
  place,
  code: fault.code,
  detail: fault.detail,
  readings,
  further: 0,
});

/** Keeps the first parts one by one and adds the readings of all others to the last of them. */
export const shorten = (parts: readonly QuarantinedPart[]): readonly QuarantinedPart[] => {
  const last = parts[PARTS_KEPT - 1];
  if (parts.length <= PARTS_KEPT || last === undefined) return parts;
  const readings = parts.slice(PARTS_KEPT - 1).reduce((sum, part) => sum + part.readings, 0);
  const further = parts.length - PARTS_KEPT;
  return [
    ...parts.slice(0, PARTS_KEPT - 1),
    { ...last, detail: `${last.detail} (and ${further} further places)`, readings, further },
  ];
};

const rejectedParts = (rejected: readonly RejectedReading[]): ReadonlyMap<number, readonly Refusal[]> => {
  const bySequence = new Map<number, Refusal[]>();
  for (const { reading, reason } of rejected) {
    const part = { place: reading.place, fault: new Fault('STORE_REFUSED', reason), readings: 1 };
    const known = bySequence.get(reading.sequence);
    if (known === undefined) bySequence.set(reading.sequence, [part]);
    else known.push(part);
  }
  return bySequence;
};

/** The packets of a batch of which any part was refused, with a copy of their bytes: the journal will trim its own. */
export const quarantine = (
  journal: string,
  batch: readonly PreparedPacket[],
  rejected: readonly RejectedReading[],
  sessionOf: (entry: Entry) => string,
): readonly QuarantinedPacket[] => {
  const byStore = rejectedParts(rejected);
  const partly = batch.filter(({ entry, refused }) => refused.length > 0 || byStore.has(entry.sequence));
  return partly.map(({ entry, codec, codecVersion, refused }) => {
    const parts = [...refused, ...(byStore.get(entry.sequence) ?? [])];
    return {
      journal,
      sequence: entry.sequence,
      device: entry.sender,
      topic: entry.topic,
      receivedAt: entry.receivedAt,
      codec,
      codecVersion,
      dup: entry.dup,
      packetId: entry.packetId,
      session: entry.packetId === 0 ? undefined : sessionOf(entry),
      payload: Uint8Array.from(entry.payload),
      parts: shorten(parts.map(asPart)),
    };
  });
};
