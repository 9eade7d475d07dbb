import { fillBytes } from './bytes-template.ts';
import type { Command, OrderValue } from './command.ts';
import type { DeviceConfig } from './device-config.ts';
import { correlationOf, uuidOf } from './downlink-id.ts';
import { Fault } from '#model/base/fault.ts';
import { downlinkTopic, type GatewayKind } from '#model/registry/gateway.ts';
import { gatewayOf } from '#model/registry/registry.ts';
import type { Network } from '#model/registry/network.ts';
import type { Registry } from '#model/registry/registry.ts';

/** A downlink for a network server to send to a device. */
export interface Downlink {
  readonly topic: string;
  readonly payload: string;
}

/** A device that only its network server can reach. */
export interface Reached {
  readonly device: string;
  readonly kind: Exclude<GatewayKind, 'plain'>;
  readonly externalId: string;
  readonly network: Network;
}

/** Route to a device through its network server; undefined for a device that connects by itself. */
export const reachedThrough = (registry: Registry, device: string): Reached | undefined => {
  const kind = gatewayOf(registry, device)?.kind;
  if (kind === undefined || kind === 'plain') return undefined;
  const { externalId = device, network = {} } = registry.devices.get(device) ?? {};
  return { device, kind, externalId, network };
};

type DownlinkRequest = Pick<Command, 'id' | 'name' | 'arguments'>;

type Content = { readonly base64: string } | { readonly object: object };

/** Bytes, as they are registered, or an object that the network server's own encoder makes bytes of. */
const contentOf = ({ device, network: { bytes } }: Reached, order: DownlinkRequest): Content => {
  if (bytes === undefined) return { object: { name: order.name, arguments: order.arguments } };
  const template = Object.hasOwn(bytes, order.name) ? bytes[order.name] : undefined;
  if (template !== undefined) return { base64: Buffer.from(fillBytes(template, order.arguments)).toString('base64') };
  throw new Fault(
    'REQUEST_INVALID',
    `no bytes are registered for "${order.name}" of ${device}, but for ${Object.keys(bytes).join(', ') || 'nothing'}; ` +
      `"klawing device set ${device} --downlink ${order.name}=<hexadecimal>" adds them`,
  );
};

/** ChirpStack: a `DownlinkCommand` of its `integration.proto`. */
const forChirpstack = ({ externalId, network }: Reached, port: number, id: string, content: Content): object => ({
  id: uuidOf(id),
  devEui: externalId,
  confirmed: network.confirmed ?? true,
  fPort: port,
  ...('base64' in content ? { data: content.base64 } : content),
});

/** The Things Stack: a `DownlinkQueueRequest` with one `ApplicationDownlink`. */
const forTtn = ({ network }: Reached, port: number, id: string, content: Content): object => ({
  downlinks: [
    {
      f_port: port,
      ...('base64' in content ? { frm_payload: content.base64 } : { decoded_payload: content.object }),
      priority: 'NORMAL',
      confirmed: network.confirmed ?? true,
      correlation_ids: [correlationOf(id)],
    },
  ],
});

/**
 * An order as the device's network server takes it.
 * @throws Fault `REQUEST_INVALID` where the registration does not say how, or the arguments do not fit it
 */
export const downlinkOf = (reached: Reached, order: DownlinkRequest): Downlink => {
  const { device, kind, externalId, network } = reached;
  const { application, port } = network;
  if (application === undefined || port === undefined) {
    throw new Fault(
      'REQUEST_INVALID',
      `${device} stands behind a network server, and nothing says how it is reached there; ` +
        `"klawing device set ${device} --application <id> --port <number>" does`,
    );
  }
  const content = contentOf(reached, order);
  const payload = (kind === 'chirpstack' ? forChirpstack : forTtn)(reached, port, order.id, content);
  return { topic: downlinkTopic(kind, application, externalId), payload: JSON.stringify(payload) };
};

/** The command that a config becomes where it cannot be retained. */
export const CONFIG_COMMAND = 'config';

/** A config as arguments of a command: `interval` in seconds, `limits.stage.max`, and the words of the firmware. */
export const configArguments = ({ interval, limits = {}, settings = {} }: DeviceConfig): Command['arguments'] => {
  const told: Record<string, OrderValue> = { ...settings };
  if (interval !== undefined) told['interval'] = interval;
  for (const [property, { min, max }] of Object.entries(limits)) {
    if (min !== undefined) told[`limits.${property}.min`] = min;
    if (max !== undefined) told[`limits.${property}.max`] = max;
  }
  return told;
};
