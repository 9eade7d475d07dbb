import type { Classified, PreparedPacket } from '#ingest/batch.ts';
import { classify } from '#ingest/dedupe/dedupe.ts';
import { movedOf } from '#ingest/dedupe/remember.ts';
import type { QuarantineEntry, QuarantinedPart } from '#model/readings/quarantined-packet.ts';
import { asPart, shorten } from '#ingest/quarantine/quarantine.ts';
import { qualifyClassified } from '#ingest/qualify/qualify.ts';
import { preparingWith } from '#ingest/read-steps.ts';
import { keyOf } from '#storage/readings/store.ts';
import type { Entry } from '#model/readings/packet.ts';
import { type Duration, formatDuration } from '#model/base/duration.ts';
import { hourOf } from '#model/base/instant.ts';
import type { Reading } from '#model/readings/reading.ts';
import type { PlannedPacket, ReplayPlan } from './plan.ts';
import type { StepDeps } from './step.ts';

/** Is this place of a payload within what was refused? */
const isWithin = (place: string, parts: readonly QuarantinedPart[]): boolean =>
  parts.some((part) => part.place === place || part.place === '' || place.startsWith(`${part.place}/`));

/** Of a packet with very many refused places only the first are kept by name. */
const isShortened = (parts: readonly QuarantinedPart[]): boolean => parts.some(({ further }) => further > 0);

const lostIn = (parts: readonly QuarantinedPart[]): number => parts.reduce((sum, { readings }) => sum + readings, 0);

/** What of a packet was refused before, run again: its siblings are stored and counted, and are left alone. */
const prepareAgain = (
  entry: QuarantineEntry,
  sequence: number,
  preparePacket: (entry: Entry) => PreparedPacket,
): { readonly packet: PreparedPacket; readonly refused: readonly QuarantinedPart[] } => {
  const { device: sender, topic, payload, dup, receivedAt, parts } = entry;
  const packetId = entry.session === undefined ? 0 : entry.packetId;
  const packet = preparePacket({
    ...{ kind: 'readings', sender, connection: 0, topic, payload, qos: 1, dup, packetId, receivedAt, sequence },
  });
  const isMeant = ({ place }: { readonly place: string }): boolean => isShortened(parts) || isWithin(place, parts);
  const observations = packet.observations.map(({ readings, id }) => ({ readings: readings.filter(isMeant), id }));
  return {
    packet: { ...packet, observations },
    refused: shorten(packet.refused.filter(isMeant).map(asPart)),
  };
};

const noteOf = (shift: Duration | undefined, refused: readonly QuarantinedPart[]): string => {
  const clock =
    shift === undefined ? '' : `times moved by ${shift.ms < 0 ? '-' : ''}${formatDuration({ ms: Math.abs(shift.ms) })}`;
  const again = refused.length === 0 ? '' : `${refused.length} places refused again`;
  return [clock, again].filter((text) => text !== '').join('; ');
};

/** A packet that is run again, and what comes of it. */
interface Again {
  readonly entry: QuarantineEntry;
  readonly packet: PreparedPacket;
  readonly refused: readonly QuarantinedPart[];
}

/**
 * Takes out what is stored of packets that do not name all places which were refused: of those everything is run again,
 * and a reading that equals the store at the time where it was put is one that was stored when the packet arrived.
 */
const withoutSiblings = async (
  again: readonly Again[],
  { operations, store, signal }: StepDeps,
): Promise<readonly Again[]> => {
  const shortened = again.filter(({ entry }) => isShortened(entry.parts));
  if (shortened.length === 0) return again;
  const times = new Map(shortened.map(({ entry }) => [entry.id, operations.moved(entry.journal, entry.sequence)]));
  const stored = ({ id }: QuarantineEntry, reading: Reading): Reading => ({
    ...reading,
    observedAt: times.get(id)?.get(reading.place) ?? reading.observedAt,
  });
  const keys = shortened.flatMap(({ entry, packet }) =>
    packet.observations.flatMap(({ readings }) => readings.map((reading) => stored(entry, reading))),
  );
  const found = await store.lookUp(keys, signal);
  return again.map((one) => {
    if (!isShortened(one.entry.parts)) return one;
    const isNew = (reading: Reading): boolean => found.get(keyOf(stored(one.entry, reading)))?.value !== reading.value;
    const observations = one.packet.observations.map(({ readings, id }) => ({ readings: readings.filter(isNew), id }));
    return { ...one, packet: { ...one.packet, observations } };
  });
};

/** How packets are to be run again. */
export interface ReplayOrder {
  /** Added to the times that the device gave. */
  readonly shift: Duration | undefined;
  /** Who has it done. */
  readonly by: string;
}

/** Classifies packets that are run again as at their first arrival. */
const classifyAgain = (
  again: readonly Again[],
  { operations, store, signal }: StepDeps,
): Promise<Classified<Reading>> => {
  const sessions = new Map(again.map(({ entry, packet }) => [packet.entry.sequence, entry.session ?? '']));
  return classify(
    again.map(({ packet }) => packet),
    {
      intent: () => undefined,
      mark: (device) => operations.watermark(device),
      hasAssigned: (device) => operations.hasAssigned(device),
      assignedTo: (device, identity) => operations.assignedTo(device, identity),
      assignedFrom: (device, beginning) => operations.assignedFrom(device, beginning),
      sessionOf: ({ sequence }) => sessions.get(sequence) ?? '',
      lookUp: (keys) => store.lookUp(keys, signal),
    },
  );
};

/** Plans a step over some packets of the quarantine; from one of another journal on they wait for another step. */
export const planQuarantined = async (
  ids: readonly number[],
  { shift, by }: ReplayOrder,
  deps: StepDeps,
): Promise<ReplayPlan | undefined> => {
  const { operations } = deps;
  const open = ids.flatMap((id) => operations.quarantined(id) ?? []).filter(({ state }) => state === 'open');
  const journal = open[0]?.journal;
  const other = open.findIndex((entry) => entry.journal !== journal);
  const entries = other === -1 ? open : open.slice(0, other);
  if (journal === undefined) return undefined;
  const from = await operations.takeReplayNumbers(entries.length);
  const registry = operations.registry();
  const preparePacket = preparingWith(registry, shift);
  const prepared = entries.map((entry, index) => ({ entry, ...prepareAgain(entry, from + index, preparePacket) }));
  const again = await withoutSiblings(prepared, deps);
  const classified = qualifyClassified(await classifyAgain(again, deps), registry);
  const sequences = new Map(again.map((one) => [one.packet.entry.sequence, one.entry.sequence]));
  const packets = again.map(
    (one): PlannedPacket => ({
      id: one.entry.id,
      sequence: one.packet.entry.sequence,
      device: one.entry.device,
      hour: hourOf(one.entry.receivedAt),
      codec: one.packet.codec,
      codecVersion: one.packet.codecVersion,
      lost: lostIn(one.entry.parts),
      refused: [...one.refused],
      missing: 0,
      note: noteOf(shift, one.refused),
    }),
  );
  return {
    ...{ journal, under: `${journal}/replay`, from, to: from + entries.length - 1 },
    readings: [...classified.readings],
    classifications: [...classified.classifications],
    superseded: [...classified.superseded],
    newestTimes: [...classified.newestTimes],
    identified: classified.identified.map(({ device, identity, from: first, to }) => ({
      device,
      identity,
      from: first,
      to,
    })),
    moved: movedOf(classified, journal).map((one) => ({
      ...one,
      sequence: sequences.get(one.sequence) ?? one.sequence,
    })),
    ...{ packets, by },
  };
};
