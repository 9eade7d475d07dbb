import type { PreparedPacket } from './batch.ts';
import { Fault } from '#model/base/fault.ts';
import type { Message, Refusal } from '#model/readings/message.ts';
import type { Entry } from '#model/readings/packet.ts';
import type { Qualified, Reading } from '#model/readings/reading.ts';

export interface PreparePacketSteps {
  codecOf(entry: Entry): { readonly name: string; readonly version: number };
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
export const preparePacket = (entry: Entry, steps: PreparePacketSteps): PreparedPacket => {
  const { name: codec, version: codecVersion } = steps.codecOf(entry);
  try {
    const { observed, refused, missing } = steps.validate(entry, steps.decode(entry, codec));
    const observations = observed.map(({ readings, id }) => ({ readings: steps.qualify(readings), id }));
    return { entry, codec, codecVersion, observations, refused, missing };
  } catch (error) {
    if (!(error instanceof Fault) || error.retry) throw error;
    return {
      entry,
      codec,
      codecVersion,
      observations: [],
      refused: [{ place: '', fault: error, readings: 0 }],
      missing: 0,
    };
  }
};
