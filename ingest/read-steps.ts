import type { Batch, DecodedPacket, DecodedRun, EntryRun, PreparedPacket } from './batch.ts';
import { codecOf, decode } from './decode/decode.ts';
import type { ReadSteps } from './pipeline.ts';
import { validating } from './validate/validate.ts';
import type { Duration } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { Message } from '#model/readings/message.ts';
import type { Entry } from '#model/readings/packet.ts';
import { parseForwarded } from '#model/registry/gateway.ts';
import { deviceBehind, type Registry } from '#model/registry/registry.ts';

/**
 * An uplink is journaled in the name of its gateway while its device is unknown. When the device has been assigned to the
 * gateway since, the uplink is read in its name: a replay stores the refused packets.
 */
const asAssigned = (entry: Entry, registry: Registry): Entry => {
  if (!registry.gateways.has(entry.sender)) return entry;
  const forwarded = parseForwarded(entry.topic);
  const device = forwarded === undefined ? undefined : deviceBehind(registry, entry.sender, forwarded.externalId);
  return device === undefined ? entry : { ...entry, sender: device };
};

const decodeEntry = (entry: Entry, registry: Registry): DecodedPacket => {
  const { name: codec, version: codecVersion } = codecOf(entry, registry);
  const meant = asAssigned(entry, registry);
  try {
    return { entry, meant, codec, codecVersion, message: decode(meant, codec, registry) };
  } catch (error) {
    if (!(error instanceof Fault) || error.retry) throw error;
    return { entry, meant, codec, codecVersion, message: error };
  }
};

/** Validation of decoded packets against one revision of the registry. */
const validatingPackets = (registry: Registry): ((packet: DecodedPacket) => PreparedPacket) => {
  const validate = validating(registry);
  return ({ entry, meant, codec, codecVersion, message }) => {
    if (message instanceof Fault) {
      const refused = [{ place: '', fault: message, readings: 0 }];
      return { entry, codec, codecVersion, observations: [], refused, missing: 0 };
    }
    const { observed, refused, missing } = validate(meant, message);
    return { entry, codec, codecVersion, observations: observed, refused, missing };
  };
};

/** A message whose own times are moved: the message of the same device with a correct clock. */
const shifted = ({ observations, refused }: Message, { ms }: Duration): Message => ({
  observations: observations.map((observation) => ({
    ...observation,
    time: observation.time === undefined ? undefined : observation.time + ms,
  })),
  refused,
});

/** Decode and validate of one entry at a time, against one revision of the registry. */
export const preparingWith = (registry: Registry, shift?: Duration): ((entry: Entry) => PreparedPacket) => {
  const validate = validatingPackets(registry);
  return (entry) => {
    const packet = decodeEntry(entry, registry);
    const { message } = packet;
    return validate(
      shift === undefined || message instanceof Fault ? packet : { ...packet, message: shifted(message, shift) },
    );
  };
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
  let current:
    | { readonly registry: Registry; readonly validate: (packet: DecodedPacket) => PreparedPacket }
    | undefined;
  const validateBy = (registry: Registry): ((packet: DecodedPacket) => PreparedPacket) => {
    if (current?.registry !== registry) current = { registry, validate: validatingPackets(registry) };
    return current.validate;
  };
  return {
    decode: once((run: EntryRun): DecodedRun => {
      const readings = run.entries.filter(({ kind }) => kind === 'readings');
      return { run, packets: readings.map((entry) => decodeEntry(entry, run.registry)) };
    }),
    validate: once(
      ({ run, packets }: DecodedRun): Batch => ({ ...run, packets: packets.map(validateBy(run.registry)) }),
    ),
  };
};
