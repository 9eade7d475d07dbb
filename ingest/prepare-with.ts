import type { PreparedPacket } from './batch.ts';
import { codecOf, decode } from './decode/decode.ts';
import { qualifying } from './qualify/qualify.ts';
import { preparePacket } from './prepare.ts';
import { validating } from './validate/validate.ts';
import type { Duration } from '#model/base/duration.ts';
import { parseForwarded } from '#model/registry/gateway.ts';
import { deviceBehind } from '#model/registry/registry.ts';
import type { Message } from '#model/readings/message.ts';
import type { Entry } from '#model/readings/packet.ts';
import type { Registry } from '#model/registry/registry.ts';

/** A message whose own times are moved: what a device with a wrong clock should have said. */
const shifted = ({ observations, refused }: Message, { ms }: Duration): Message => ({
  observations: observations.map((observation) => ({
    ...observation,
    time: observation.time === undefined ? undefined : observation.time + ms,
  })),
  refused,
});

/**
 * An uplink is journaled in the name of its gateway where the device was a stranger then. One that has been assigned to
 * the gateway since is meant by it: a replay stores what was refused.
 */
const asAssigned = (entry: Entry, registry: Registry): Entry => {
  if (!registry.gateways.has(entry.sender)) return entry;
  const forwarded = parseForwarded(entry.topic);
  const device = forwarded === undefined ? undefined : deviceBehind(registry, entry.sender, forwarded.externalId);
  return device === undefined ? entry : { ...entry, sender: device };
};

/** The steps from bytes to qualified readings against one revision of the registry, with the device's clock put right. */
export const preparingWith = (registry: Registry, shift?: Duration): ((entry: Entry) => PreparedPacket) => {
  const validate = validating(registry);
  const steps = {
    codecOf: (entry: Entry) => codecOf(entry, registry),
    decode: (entry: Entry, codec: string): Message => {
      const message = decode(asAssigned(entry, registry), codec, registry);
      return shift === undefined ? message : shifted(message, shift);
    },
    validate: (entry: Entry, message: Message) => validate(asAssigned(entry, registry), message),
    qualify: qualifying(registry),
  };
  return (entry) => preparePacket(entry, steps);
};
