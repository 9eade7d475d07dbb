import type { Settled } from '#ingest/batch.ts';
import { judge } from '#ingest/judge/judge.ts';
import type { QuarantineEntry, QuarantinedPart } from '#ingest/operations/quarantine.ts';
import { asPart, shorten } from '#ingest/quarantine/quarantine.ts';
import { settlingWith } from '#ingest/settling.ts';
import { type Duration, formatDuration } from '#model/duration.ts';
import { hourOf } from '#model/instant.ts';
import type { PlannedPacket, ReplayPlan } from './plan.ts';
import type { StepDeps } from './step.ts';

/** Is this place of a payload within what was refused? */
const isWithin = (place: string, parts: readonly QuarantinedPart[]): boolean =>
  parts.some((part) => part.place === place || part.place === '' || place.startsWith(`${part.place}/`));

/** Of a packet with very many refused places only the first are kept by name. */
const isShortened = (parts: readonly QuarantinedPart[]): boolean => parts.some(({ further }) => further > 0);

const lostIn = (parts: readonly QuarantinedPart[]): number => parts.reduce((sum, { readings }) => sum + readings, 0);

/** What of a packet was refused before, run again: its siblings are stored and counted, and are left alone. */
const settleAgain = (
  entry: QuarantineEntry,
  sequence: number,
  settle: (entry: Settled['entry']) => Settled,
): { readonly settled: Settled; readonly refused: readonly QuarantinedPart[] } => {
  const { device: sender, topic, payload, dup, receivedAt, parts } = entry;
  const settled = settle({
    ...{ kind: 'readings', sender, connection: 0, topic, payload, qos: 1, dup, packetId: 0, receivedAt, sequence },
  });
  const isMeant = ({ place }: { readonly place: string }): boolean => isShortened(parts) || isWithin(place, parts);
  const observations = settled.observations.map(({ readings, id }) => ({ readings: readings.filter(isMeant), id }));
  return {
    settled: { ...settled, observations },
    refused: shorten(settled.refused.filter(isMeant).map(asPart)),
  };
};

const noteOf = (shift: Duration | undefined, refused: readonly QuarantinedPart[]): string => {
  const clock =
    shift === undefined ? '' : `times moved by ${shift.ms < 0 ? '-' : ''}${formatDuration({ ms: Math.abs(shift.ms) })}`;
  const again = refused.length === 0 ? '' : `${refused.length} places refused again`;
  return [clock, again].filter((text) => text !== '').join('; ');
};

/** Readings that only look new because their packet names no places: equal to what is stored, they are its siblings. */
const siblingsOf = (
  readings: ReplayPlan['readings'],
  verdicts: ReadonlyMap<number, string>,
  shortened: ReadonlySet<number>,
): ReadonlySet<number> =>
  new Set(
    [...verdicts].flatMap(([position, verdict]) =>
      verdict === 'duplicate' && shortened.has(readings[position]?.sequence ?? 0) ? [position] : [],
    ),
  );

/** Takes positions out, and numbers those that stay anew. */
const without = (
  plan: Pick<ReplayPlan, 'readings' | 'verdicts' | 'superseded'>,
  gone: ReadonlySet<number>,
): Pick<ReplayPlan, 'readings' | 'verdicts' | 'superseded'> => {
  const kept = plan.readings.map((_, position) => position).filter((position) => !gone.has(position));
  const now = new Map(kept.map((before, position) => [before, position]));
  const moved = (position: number): readonly number[] => {
    const to = now.get(position);
    return to === undefined ? [] : [to];
  };
  return {
    readings: kept.flatMap((position) => plan.readings[position] ?? []),
    verdicts: plan.verdicts.flatMap(([position, verdict]) =>
      moved(position).map((to): [number, typeof verdict] => [to, verdict]),
    ),
    superseded: plan.superseded.flatMap(moved),
  };
};

/** How packets are to be run again. */
export interface ReplayOrder {
  /** Added to the times that the device gave. */
  readonly shift: Duration | undefined;
  /** Who has it done. */
  readonly by: string;
}

/** Plans a step over some packets of the quarantine; from one of another journal on they wait for another step. */
export const planQuarantined = async (
  ids: readonly number[],
  { shift, by }: ReplayOrder,
  { operations, store, signal }: StepDeps,
): Promise<ReplayPlan | undefined> => {
  const open = ids.flatMap((id) => operations.quarantined(id) ?? []).filter(({ state }) => state === 'open');
  const journal = open[0]?.journal;
  const other = open.findIndex((entry) => entry.journal !== journal);
  const entries = other === -1 ? open : open.slice(0, other);
  if (journal === undefined) return undefined;
  const from = await operations.takeReplayNumbers(entries.length);
  const settle = settlingWith(operations.registry(), shift);
  const again = entries.map((entry, index) => ({ entry, ...settleAgain(entry, from + index, settle) }));
  const judged = await judge(
    again.map(({ settled }) => settled),
    {
      mark: (device) => operations.mark(device),
      pin: (device, identity) => operations.pin(device, identity),
      intent: () => undefined,
      lookUp: (keys) => store.lookUp(keys, signal),
    },
  );
  const shortened = new Set(
    again.flatMap(({ entry, settled }) => (isShortened(entry.parts) ? [settled.entry.sequence] : [])),
  );
  const readings = [...judged.readings];
  const packets = again.map(
    ({ entry, settled, refused }): PlannedPacket => ({
      id: entry.id,
      sequence: settled.entry.sequence,
      device: entry.device,
      hour: hourOf(entry.receivedAt),
      codec: settled.codec,
      codecVersion: settled.codecVersion,
      lost: lostIn(entry.parts),
      refused: [...refused],
      missing: 0,
      note: noteOf(shift, refused),
    }),
  );
  return {
    ...{ journal, under: `${journal}/replay`, from, to: from + entries.length - 1 },
    ...without(
      { readings, verdicts: [...judged.verdicts], superseded: [...judged.superseded] },
      siblingsOf(readings, judged.verdicts, shortened),
    ),
    ...{ marks: [...judged.marks], pins: [...judged.pins], packets, by },
  };
};
