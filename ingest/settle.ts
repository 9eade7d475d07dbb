import { Fault } from '#model/fault.ts';
import type { Message, Refusal } from '#model/message.ts';
import type { Entry } from '#model/packet.ts';
import type { Qualified, Reading } from '#model/reading.ts';

/** The readings of one observation, each with its flag. */
export interface QualifiedObservation {
  readonly readings: readonly Qualified[];
  /** The device's own number for the observation, where it sent one. */
  readonly id: string | undefined;
}

/** What became of one entry on the way from bytes to qualified readings: what is believed, and what is not and why. */
export interface Settled {
  readonly entry: Entry;
  /** Name of the codec that it was read with. */
  readonly codec: string;
  readonly observations: readonly QualifiedObservation[];
  readonly refused: readonly Refusal[];
  /** Members that said "no value". */
  readonly missing: number;
}

export interface SettleSteps {
  codecOf(entry: Entry): string;
  decode(entry: Entry, codec: string): Message;
  validate(
    entry: Entry,
    message: Message,
  ): {
    readonly observed: readonly { readonly readings: readonly Reading[]; readonly id: string | undefined }[];
    readonly refused: readonly Refusal[];
    readonly missing: number;
  };
  qualify(readings: readonly Reading[]): readonly Qualified[];
}

/** Takes one entry through decode, validate and qualify. A refusal is kept with the entry and holds up nothing else. */
export const settle = (entry: Entry, steps: SettleSteps): Settled => {
  const codec = steps.codecOf(entry);
  try {
    const { observed, refused, missing } = steps.validate(entry, steps.decode(entry, codec));
    const observations = observed.map(({ readings, id }) => ({ readings: steps.qualify(readings), id }));
    return { entry, codec, observations, refused, missing };
  } catch (error) {
    if (!(error instanceof Fault) || error.retry) throw error;
    return { entry, codec, observations: [], refused: [{ place: '', fault: error, readings: 0 }], missing: 0 };
  }
};
