import type { ClassifiedReading, NewestTime, Classification } from '#storage/operations/storing.ts';
import type { AlertingCommit } from '#storage/operations/alerting.ts';
import type { Refusal } from '#model/readings/message.ts';
import type { Entry } from '#model/readings/packet.ts';
import type { Qualified } from '#model/readings/reading.ts';

/** The readings of one observation, each with its flag. */
export interface QualifiedObservation {
  readonly readings: readonly Qualified[];
  /** The device's own number for the observation, where it sent one. */
  readonly id: string | undefined;
}

/** What became of one entry on the way from bytes to qualified readings: what is believed, and what is not and why. */
export interface PreparedPacket {
  readonly entry: Entry;
  /** Name of the codec that it was read with. */
  readonly codec: string;
  /** Its version; 0 where there is no such codec. */
  readonly codecVersion: number;
  readonly observations: readonly QualifiedObservation[];
  readonly refused: readonly Refusal[];
  /** Members that said "no value". */
  readonly missing: number;
}

/** A run of journal entries on its way: every packet of readings has been decoded, validated and qualified. */
export interface Batch {
  readonly journal: string;
  /** The entries that it stands for, inclusive. */
  readonly from: number;
  readonly to: number;
  /** All entries, presence included, in order. */
  readonly entries: readonly Entry[];
  /** What became of those of kind `readings`, in order. */
  readonly packets: readonly PreparedPacket[];
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
  /** Positions in `Judged.readings`, from the first to before the end. */
  readonly from: number;
  readonly to: number;
}

/** A batch with a classification on every reading: is it new, a duplicate, or a revision of an earlier value? */
export interface Classified {
  /** Every reading of the batch with its final time, in order of arrival. */
  readonly readings: readonly Qualified[];
  /** Verdict by position in `readings`; one that is not listed is new. */
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

/** What the store answered, by position in `Judged.readings`: everything that is not listed is durable there. */
export interface Stored {
  readonly rejected: ReadonlyMap<number, string>;
}

/** What a batch changes in what is known of now. */
export type ObservedChange = Pick<AlertingCommit, 'latest' | 'presence' | 'seen'>;
