import type { ClassifiedReading, NewestTime, Classification } from '#storage/operations/storing.ts';
import type { AlertingCommit } from '#storage/operations/alerting.ts';
import type { Fault } from '#model/base/fault.ts';
import { type QualifiedColumns, type ReadingColumns, selectReadings } from '#model/readings/columns.ts';
import type { Message, PlainMessage, Refusal } from '#model/readings/message.ts';
import type { Entry } from '#model/readings/packet.ts';
import type { Registration } from '#model/registry/profile.ts';
import type { Registry } from '#model/registry/registry.ts';

/** A run of journal entries, and the registry that its packets are read by: the same for both readers. */
export interface EntryRun {
  readonly journal: string;
  /** The entries that it stands for, inclusive. */
  readonly from: number;
  readonly to: number;
  /** All entries, presence included, in order. */
  readonly entries: readonly Entry[];
  readonly registry: Registry;
}

/** One packet of readings after the step `decode`. */
export interface DecodedPacket {
  readonly entry: Entry;
  /** The device that it is about: a gateway may have sent it. */
  readonly sender: string;
  /** Its registration with the profile that was in force at its arrival; undefined for a stranger. */
  readonly registration: Registration | undefined;
  /** Name of the codec that it was read with. */
  readonly codec: string;
  /** Its version; 0 where there is no such codec. */
  readonly codecVersion: number;
  /** The fault where nothing of the payload can be read. */
  readonly message: Message | PlainMessage | Fault;
}

/** A run of entries after the step `decode`. */
export interface DecodedRun {
  readonly run: EntryRun;
  /** Gives each packet of kind `readings`, in order. It is decoded then, so that nothing is kept of it. */
  readonly each: (take: (packet: DecodedPacket) => void) => void;
}

/** A packet after the step `validate`; its accepted readings stand in the columns of the batch. */
export interface PreparedPacket {
  readonly entry: Entry;
  /** Name of the codec that it was read with. */
  readonly codec: string;
  /** Its version; 0 where there is no such codec. */
  readonly codecVersion: number;
  readonly refused: readonly Refusal[];
  /** Members that said "no value". */
  readonly missing: number;
}

/** Observations as columns: the readings of one follow each other, and share device, station and time. */
export interface ObservationColumns {
  readonly length: number;
  /** Its first reading; one place more than observations, with the number of readings. */
  readonly start: Int32Array;
  /** Position of its packet in `Batch.packets`. */
  readonly packet: Int32Array;
  /** The device's own number for an observation, where it sent one. */
  readonly ids: ReadonlyMap<number, string>;
}

/** A run of journal entries with its packets, and their readings in order of arrival. */
export interface Batch<C extends ReadingColumns = ReadingColumns> extends EntryRun {
  /** Those of kind `readings`, in order. */
  readonly packets: readonly PreparedPacket[];
  readonly observations: ObservationColumns;
  readonly readings: C;
}

/** By this an observation is recognised when it is sent again. */
export interface Identity {
  readonly name: string;
  /**
   * Hash of the packet, where the name stands for one packet after another: an MQTT packet identifier is used again.
   * Empty where the name says all.
   */
  readonly content: string;
}

/** Readings of one observation that have an identity beyond device, property and time. */
export interface Identified {
  readonly device: string;
  readonly identity: Identity;
  /** Positions in `Classified.readings`, from the first to before the end. */
  readonly from: number;
  readonly to: number;
}

/** The readings of a batch, each new, a duplicate, or a revision of an earlier value. */
export interface Classified<C extends ReadingColumns = QualifiedColumns> {
  /** Every reading of the batch with its final time, in order of arrival. */
  readonly readings: C;
  /** By position in `readings`; one that is not listed is new. */
  readonly classifications: ReadonlyMap<number, Classification>;
  /** Positions whose value was replaced by a later reading of the same batch: counted, but not written. */
  readonly superseded: ReadonlySet<number>;
  /** Those that are not simply new at the time that they came with: the intent holds them. */
  readonly lookedUp: readonly ClassifiedReading[];
  /** True when an earlier attempt at this range may have reached the store. */
  readonly isRepeat: boolean;
  readonly newestTimes: readonly NewestTime[];
  readonly identified: readonly Identified[];
}

/** The answer of the store, by position in `Classified.readings`: everything that is not listed is durable there. */
export interface Stored {
  readonly rejected: ReadonlyMap<number, string>;
}

/** Changes of newest values, presence and signs of life. */
export type ObservedChange = Pick<AlertingCommit, 'latest' | 'presence' | 'seen'>;

/** The batch without some of its readings. */
export const withoutRows = (batch: Batch, dropped: ReadonlySet<number>): Batch => {
  const rows: number[] = [];
  const start: number[] = [0];
  const packet: number[] = [];
  const ids = new Map<number, string>();
  const { observations } = batch;
  for (let observation = 0; observation < observations.length; observation += 1) {
    const before = rows.length;
    for (let row = observations.start[observation] ?? 0; row < (observations.start[observation + 1] ?? 0); row += 1) {
      if (!dropped.has(row)) rows.push(row);
    }
    if (rows.length === before) continue;
    const id = observations.ids.get(observation);
    if (id !== undefined) ids.set(packet.length, id);
    packet.push(observations.packet[observation] ?? -1);
    start.push(rows.length);
  }
  const left: ObservationColumns = {
    length: packet.length,
    start: Int32Array.from(start),
    packet: Int32Array.from(packet),
    ids,
  };
  return { ...batch, observations: left, readings: selectReadings(batch.readings, rows) };
};
