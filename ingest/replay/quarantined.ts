import type { ProfileChoice } from '#model/registry/profile-choice.ts';
import { replayedWith } from '#model/registry/registry.ts';
import { type Batch, type Classified, type PreparedPacket, withoutRows } from '#ingest/batch.ts';
import { classify } from '#ingest/dedupe/dedupe.ts';
import { movedOf } from '#ingest/dedupe/remember.ts';
import type { QuarantineEntry, QuarantinedPart } from '#model/readings/quarantined-packet.ts';
import { asPart, shorten } from '#ingest/quarantine/quarantine.ts';
import { qualifyClassified } from '#ingest/qualify/qualify.ts';
import { readingEntries } from '#ingest/read-steps.ts';
import { readingAt, type ReadingColumns, readingsIn } from '#model/readings/columns.ts';
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

/** The entry of a packet in quarantine, under a number of the replay's own. */
const entryOf = (entry: QuarantineEntry, sequence: number): Entry => ({
  kind: 'readings',
  sender: entry.device,
  connection: 0,
  topic: entry.topic,
  payload: entry.payload,
  qos: 1,
  dup: entry.dup,
  packetId: entry.session === undefined ? 0 : entry.packetId,
  receivedAt: entry.receivedAt,
  sequence,
});

/** Whether a place belongs to what was refused before: its siblings are stored and counted, and are left alone. */
const isMeant = ({ parts }: QuarantineEntry, place: string): boolean => isShortened(parts) || isWithin(place, parts);

const noteOf = (shift: Duration | undefined, refused: readonly QuarantinedPart[]): string => {
  const clock =
    shift === undefined ? '' : `times moved by ${shift.ms < 0 ? '-' : ''}${formatDuration({ ms: Math.abs(shift.ms) })}`;
  const again = refused.length === 0 ? '' : `${refused.length} places refused again`;
  return [clock, again].filter((text) => text !== '').join('; ');
};

/** Packets that are run again, each with its entry in quarantine. */
interface Again {
  readonly entries: readonly QuarantineEntry[];
  readonly batch: Batch;
}

/** The entry in quarantine that a reading comes from. */
const originOf = ({ entries, batch: { from, readings } }: Again, row: number): QuarantineEntry | undefined =>
  entries[(readings.sequence[row] ?? 0) - from];

const rowsWhere = ({ batch: { readings } }: Again, isSo: (row: number) => boolean): ReadonlySet<number> =>
  new Set(Array.from({ length: readings.length }, (_, row) => row).filter(isSo));

/** The readings that were refused before. */
const onlyMeant = (again: Again): Again => {
  const dropped = rowsWhere(again, (row) => {
    const origin = originOf(again, row);
    return origin === undefined || !isMeant(origin, again.batch.readings.place(row));
  });
  return { ...again, batch: withoutRows(again.batch, dropped) };
};

/**
 * Takes out what is stored of packets that do not name all places which were refused: of those everything is run again,
 * and a reading that equals the store at the time where it was put is one that was stored when the packet arrived.
 */
const withoutSiblings = async (again: Again, { operations, store, signal }: StepDeps): Promise<Again> => {
  const shortened = new Set(again.entries.filter(({ parts }) => isShortened(parts)));
  if (shortened.size === 0) return again;
  const { readings } = again.batch;
  const times = new Map(
    Array.from(shortened, (entry) => [entry, operations.moved(entry.journal, entry.sequence)] as const),
  );
  const storedAt = (row: number): Reading => {
    const reading = readingAt(readings, row);
    const origin = originOf(again, row);
    const moved = origin === undefined ? undefined : times.get(origin)?.get(reading.place);
    return { ...reading, observedAt: moved ?? reading.observedAt };
  };
  const asked = rowsWhere(again, (row) => {
    const origin = originOf(again, row);
    return origin !== undefined && shortened.has(origin);
  });
  const found = await store.lookUp(Array.from(asked, storedAt), signal);
  const dropped = rowsWhere(again, (row) => {
    if (!asked.has(row)) return false;
    return found.get(keyOf(storedAt(row)))?.value === readings.value[row];
  });
  return { ...again, batch: withoutRows(again.batch, dropped) };
};

/** Instructions for a replay of packets. */
export interface ReplayOrder {
  /** Added to the times that the device gave. */
  readonly shift: Duration | undefined;
  /** `then` when absent. */
  readonly profiles?: ProfileChoice;
  /** Person who orders it. */
  readonly by: string;
}

/** Classifies packets that are run again as at their first arrival. */
const classifyAgain = (
  { entries, batch }: Again,
  { operations, store, signal }: StepDeps,
): Promise<Classified<ReadingColumns>> =>
  classify(batch, {
    intent: () => undefined,
    watermark: (device) => operations.watermark(device),
    hasAssigned: (device) => operations.hasAssigned(device),
    assignedTo: (device, identity) => operations.assignedTo(device, identity),
    assignedFrom: (device, beginning) => operations.assignedFrom(device, beginning),
    sessionOf: ({ sequence }) => entries[sequence - batch.from]?.session ?? '',
    lookUp: (keys) => store.lookUp(keys, signal),
  });

const plannedPacket = (
  entry: QuarantineEntry,
  { entry: { sequence }, codec, codecVersion, refused }: PreparedPacket,
  shift: Duration | undefined,
): PlannedPacket => {
  const again = shorten(refused.filter(({ place }) => isMeant(entry, place)).map(asPart));
  return {
    id: entry.id,
    sequence,
    device: entry.device,
    hour: hourOf(entry.receivedAt),
    codec,
    codecVersion,
    lost: lostIn(entry.parts),
    refused: [...again],
    missing: 0,
    note: noteOf(shift, again),
  };
};

/** Plans a step over some packets of the quarantine; from one of another journal on they wait for another step. */
export const planQuarantined = async (
  ids: readonly number[],
  { shift, profiles, by }: ReplayOrder,
  deps: StepDeps,
): Promise<ReplayPlan | undefined> => {
  const { operations } = deps;
  const open = ids.flatMap((id) => operations.quarantined(id) ?? []).filter(({ state }) => state === 'open');
  const journal = open[0]?.journal;
  const other = open.findIndex((entry) => entry.journal !== journal);
  const entries = other === -1 ? open : open.slice(0, other);
  if (journal === undefined) return undefined;
  const from = await operations.takeReplayNumbers(entries.length);
  const read = readingEntries(replayedWith(operations.registry(), profiles), shift);
  const batch = read(entries.map((entry, index) => entryOf(entry, from + index)));
  const again = await withoutSiblings(onlyMeant({ entries, batch }), deps);
  const classified = qualifyClassified(again.batch, await classifyAgain(again, deps));
  const originalOf = (sequence: number): number => entries[sequence - from]?.sequence ?? sequence;
  return {
    journal,
    under: `${journal}/replay`,
    from,
    to: from + entries.length - 1,
    readings: [...readingsIn(classified.readings)],
    classifications: [...classified.classifications],
    superseded: [...classified.superseded],
    newestTimes: [...classified.newestTimes],
    identified: classified.identified.map(({ device, identity, from: first, to }) => ({
      device,
      identity,
      from: first,
      to,
    })),
    moved: movedOf(classified, journal).map((one) => ({ ...one, sequence: originalOf(one.sequence) })),
    packets: entries.flatMap((entry, index) => {
      const packet = again.batch.packets[index];
      return packet === undefined ? [] : [plannedPacket(entry, packet, shift)];
    }),
    by,
  };
};
