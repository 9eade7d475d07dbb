import type { ClassifiedReading, NewestTime, Classification } from '#storage/operations/storing.ts';
import type { AlertingCommit } from '#storage/operations/alerting.ts';
import type { Fault } from '#model/base/fault.ts';
import type { Message, Refusal } from '#model/readings/message.ts';
import type { Entry } from '#model/readings/packet.ts';
import type { Qualified, Reading } from '#model/readings/reading.ts';
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
  /** The entry in the name of the device that it is about: a gateway may have sent it. */
  readonly meant: Entry;
  /** Name of the codec that it was read with. */
  readonly codec: string;
  /** Its version; 0 where there is no such codec. */
  readonly codecVersion: number;
  /** The fault where nothing of the payload can be read. */
  readonly message: Message | Fault;
}

/** A run of entries after the step `decode`. */
export interface DecodedRun {
  readonly run: EntryRun;
  /** Those of kind `readings`, in order. */
  readonly packets: readonly DecodedPacket[];
}

/** The readings of one observation, which share device, station and time. */
export interface ReadObservation<R extends Reading = Reading> {
  readonly readings: readonly R[];
  /** The device's own number for the observation, where it sent one. */
  readonly id: string | undefined;
}

/** A packet after the step `validate`: the readings that are accepted, and the parts that are refused. */
export interface PreparedPacket<R extends Reading = Reading> {
  readonly entry: Entry;
  /** Name of the codec that it was read with. */
  readonly codec: string;
  /** Its version; 0 where there is no such codec. */
  readonly codecVersion: number;
  readonly observations: readonly ReadObservation<R>[];
  readonly refused: readonly Refusal[];
  /** Members that said "no value". */
  readonly missing: number;
}

/** A run of journal entries with its packets of readings. */
export interface Batch<R extends Reading = Reading> extends EntryRun {
  /** Those of kind `readings`, in order. */
  readonly packets: readonly PreparedPacket<R>[];
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
export interface Classified<R extends Reading = Qualified> {
  /** Every reading of the batch with its final time, in order of arrival. */
  readonly readings: readonly R[];
  /** Position of the first reading of each observation. */
  readonly starts: readonly number[];
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
