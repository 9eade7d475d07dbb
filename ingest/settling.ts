import type { Settled } from './batch.ts';
import { codecOf, decode } from './decode/decode.ts';
import { qualifying } from './qualify/qualify.ts';
import { settle } from './settle.ts';
import { validating } from './validate/validate.ts';
import type { Duration } from '#model/duration.ts';
import type { Message } from '#model/message.ts';
import type { Entry } from '#model/packet.ts';
import type { Registry } from '#model/registry.ts';

/** A message whose own times are moved: what a device with a wrong clock should have said. */
const shifted = ({ observations, refused }: Message, { ms }: Duration): Message => ({
  observations: observations.map((observation) => ({
    ...observation,
    time: observation.time === undefined ? undefined : observation.time + ms,
  })),
  refused,
});

/** The steps from bytes to qualified readings against one revision of the registry, with the device's clock put right. */
export const settlingWith = (registry: Registry, shift?: Duration): ((entry: Entry) => Settled) => {
  const steps = {
    codecOf: (entry: Entry) => codecOf(entry, registry),
    decode: (entry: Entry, codec: string): Message => {
      const message = decode(entry, codec);
      return shift === undefined ? message : shifted(message, shift);
    },
    validate: validating(registry),
    qualify: qualifying(registry),
  };
  return (entry) => settle(entry, steps);
};
