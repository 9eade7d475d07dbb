import type { Batch, DecodedPacket, DecodedRun, EntryRun } from './batch.ts';
import { Decoder, decodeRun } from './decode/decode.ts';
import type { ReadSteps } from './pipeline.ts';
import { BatchBuilder } from './validate/batch-builder.ts';
import { Validator } from './validate/validate.ts';
import type { Duration } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Message, PlainMessage } from '#model/readings/message.ts';
import type { Entry } from '#model/readings/packet.ts';
import type { Registry } from '#model/registry/registry.ts';

/** Decoding and validation against one revision of the registry. */
interface ReadWith {
  readonly registry: Registry;
  readonly decoder: Decoder;
  readonly validator: Validator;
}

const readWith = (registry: Registry): ReadWith => ({
  registry,
  decoder: new Decoder(registry),
  validator: new Validator(registry),
});

const validateRun = ({ run, each }: DecodedRun, validator: Validator): Batch => {
  const builder = new BatchBuilder(run.entries.length);
  each((packet) => validator.take(packet, builder));
  return builder.batch(run);
};

/** Remembers the result of a step, so that it is done once for both readers. */
const once = <K extends object, V>(step: (of: K) => V): ((of: K) => V) => {
  const done = new WeakMap<K, V>();
  return (of) => {
    let result = done.get(of);
    if (result === undefined) done.set(of, (result = step(of)));
    return result;
  };
};

/** The steps `decode` and `validate` of both readers. */
export const makeReadSteps = (): ReadSteps => {
  let current: ReadWith | undefined;
  const currentFor = (registry: Registry): ReadWith => {
    if (current?.registry !== registry) current = readWith(registry);
    return current;
  };
  return {
    decode: once((run: EntryRun): DecodedRun => decodeRun(run, currentFor(run.registry).decoder)),
    validate: once((decoded: DecodedRun): Batch => validateRun(decoded, currentFor(decoded.run.registry).validator)),
  };
};

/** A message whose own times are moved: the message of the same device with a correct clock. */
const shifted = (message: Message | PlainMessage, { ms }: Duration): Message | PlainMessage => {
  if ('shape' in message) return { ...message, time: message.time === undefined ? undefined : message.time + ms };
  const observations = message.observations.map((observation) => ({
    ...observation,
    time: observation.time === undefined ? undefined : observation.time + ms,
  }));
  return { observations, refused: message.refused };
};

const shiftedPacket = (packet: DecodedPacket, shift: Duration): DecodedPacket =>
  packet.message instanceof Fault ? packet : { ...packet, message: shifted(packet.message, shift) };

const shiftedRun = ({ run, each }: DecodedRun, shift: Duration): DecodedRun => ({
  run,
  each: (take) => each((packet) => take(shiftedPacket(packet, shift))),
});

/**
 * Decode and validate of some entries at a time against one registry, for a replay. The times that devices gave may be
 * moved.
 */
export const readingEntries = (registry: Registry, shift?: Duration): ((entries: readonly Entry[]) => Batch) => {
  const { decoder, validator } = readWith(registry);
  return (entries) => {
    const [from, to] = [entries[0]?.sequence ?? 0, entries.at(-1)?.sequence ?? 0];
    const run: EntryRun = { journal: '', from, to, entries, registry };
    const decoded = decodeRun(run, decoder);
    return validateRun(shift === undefined ? decoded : shiftedRun(decoded, shift), validator);
  };
};
