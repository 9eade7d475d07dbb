import type { Carried } from '#model/readings/codec.ts';
import { codecNamed } from '#model/codecs/index.ts';
import { Fault } from '#model/base/fault.ts';
import { GATEWAY_KINDS, parseForwarded } from '#model/registry/gateway.ts';
import type { Message } from '#model/readings/message.ts';
import type { Entry } from '#model/readings/packet.ts';
import type { Registry } from '#model/registry/registry.ts';
import { parseTopic } from '#model/readings/topic.ts';

/** The codec of a device that is not registered: its packet is read only to say what it would have held. */
const DEFAULT_CODEC = 'json';

/** Which codec an entry is to be read with: the one that its topic names or is known by, else its device's own. */
export const codecOf = (entry: Entry, registry: Registry): { readonly name: string; readonly version: number } => {
  const topic = parseTopic(entry.topic);
  const named = topic?.kind === 'readings' ? topic.codec : parseForwarded(entry.topic)?.kind;
  const name = named ?? registry.devices.get(entry.sender)?.codec ?? DEFAULT_CODEC;
  return { name, version: codecNamed(name)?.version ?? 0 };
};

const isOfNetwork = (name: string): boolean => GATEWAY_KINDS.some((kind) => kind === name);

/** How the bytes inside an uplink of this device are read. */
const carriedBy = (entry: Entry, registry: Registry): Carried | undefined => {
  const device = registry.devices.get(entry.sender);
  if (device === undefined) return undefined;
  return {
    codec: isOfNetwork(device.codec) ? undefined : codecNamed(device.codec),
    isFirst: device.network?.raw === true,
  };
};

/**
 * Bytes to a message.
 * @throws Fault when the codec is unknown or nothing of the payload can be read
 */
export const decode = (entry: Entry, codec: string, registry: Registry): Message => {
  const known = codecNamed(codec);
  if (known === undefined) {
    throw new Fault('CODEC_UNKNOWN', `"${codec}"; publish to v1/${entry.sender}/readings/json, or correct the name`);
  }
  return known.decode(entry.payload, isOfNetwork(codec) ? carriedBy(entry, registry) : undefined);
};
