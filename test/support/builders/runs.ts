import type { Batch, EntryRun, PreparedPacket } from '#ingest/batch.ts';
import type { ReadSteps } from '#ingest/pipeline.ts';
import { BatchBuilder } from '#ingest/validate/batch-builder.ts';
import { type Series, SeriesNumbers } from '#model/readings/columns.ts';
import type { Entry } from '#model/readings/packet.ts';
import { type Reading, TIMED_BY } from '#model/readings/reading.ts';
import type { Registry } from '#model/registry/registry.ts';
import { aDevice, aStation } from '#test/support/servers/api.ts';

/** The station ST1 and its device dev-1. */
export const ONE_DEVICE: Registry = {
  revision: 1,
  stations: new Map([['ST1', aStation()]]),
  devices: new Map([['dev-1', aDevice()]]),
  gateways: new Map(),
  profiles: new Map(),
};

/** Entries of the journal `j` that follow each other, from the first one's number on. */
export const aRun = (entries: readonly Entry[], registry: Registry = ONE_DEVICE, journal = 'j'): EntryRun => {
  const from = entries[0]?.sequence ?? 1;
  return { journal, from, to: from + entries.length - 1, entries, registry };
};

/** A packet with its readings as objects: the simple form of what a batch holds as columns. */
export interface PlainPacket<R extends Reading = Reading> extends PreparedPacket {
  readonly observations: readonly { readonly readings: readonly R[]; readonly id: string | undefined }[];
}

/** A batch of packets that are given as objects. */
export const batchOf = (run: EntryRun, packets: readonly PlainPacket[]): Batch => {
  const builder = new BatchBuilder(0);
  const numbers = new SeriesNumbers();
  const seriesOf = (reading: Reading): Series => numbers.table[numbers.of(reading)] ?? reading;
  for (const { observations, ...packet } of packets) {
    for (const { readings, id } of observations) {
      const [first] = readings;
      if (first === undefined) continue;
      builder.begin(readings.map((reading) => ({ series: seriesOf(reading), step: reading.place })));
      for (const [slot, { value }] of readings.entries()) builder.add(slot, value);
      const { observedAt, receivedAt, sequence, timedBy } = first;
      builder.end({ observedAt, receivedAt, sequence, timedBy: TIMED_BY.indexOf(timedBy), id, place: '' });
    }
    builder.packet(packet);
  }
  return builder.batch(run);
};

/** Gives these packets, whatever the entries hold. */
export const givingPackets = (packets: readonly PlainPacket[]): ReadSteps => ({
  decode: (run) => ({ run, each: () => undefined }),
  validate: ({ run }) => batchOf(run, packets),
});
