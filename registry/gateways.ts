import { Fault } from '#model/base/fault.ts';
import type { Gateway, GatewayKind } from '#model/registry/gateway.ts';
import type { Device } from '#model/registry/device.ts';
import type { Operations } from '#storage/operations/operations.ts';
import type { RegistryChange } from '#storage/operations/registry.ts';
import type { PresenceState } from '#storage/operations/alerting.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Issued, RegistryService } from './service.ts';

/** Network servers, and the devices behind them. */
export interface GatewayService {
  /** @throws Fault `CONFLICT` when the name is taken, `NOT_FOUND` for an unknown device */
  add(gateway: Pick<Gateway, 'id' | 'kind'>, devices: readonly string[], secret: string | undefined): Promise<Issued>;
  /** Replaces the devices of the gateway. */
  assign(gateway: string, devices: readonly string[]): Promise<void>;
  /** Adds a secret; the earlier one is valid for 30 days. @throws Fault `NOT_FOUND`, `CONFLICT` for one that is revoked */
  rotate(gateway: string, chosen: string | undefined): Promise<Issued>;
  /** Invalidates all secrets but the newest, and closes connections that used an older one. */
  finishRotation(gateway: string): Promise<void>;
  /** Deletes its secrets, closes its connections and returns their number. */
  revoke(gateway: string): Promise<number>;
}

export const makeGatewayService = (service: RegistryService): GatewayService => {
  const { operations, clock } = service.deps;

  const known = (id: string): Gateway => {
    const gateway = operations.registry().gateways.get(id);
    if (gateway !== undefined) return gateway;
    throw new Fault(
      'NOT_FOUND',
      `no gateway is registered as "${id}"; "klawing gateway list" or GET /v1/gateways lists them`,
    );
  };

  const assigning = (gateway: string, wanted: readonly string[]): readonly RegistryChange[] => {
    const chosen = new Set(wanted.map((id) => service.device(id).id));
    return [...operations.registry().devices.values()].flatMap((device): RegistryChange[] => {
      if (chosen.has(device.id)) return [{ kind: 'put-device', device: { ...device, gateway } }];
      return device.gateway === gateway ? [{ kind: 'put-device', device: withoutGateway(device) }] : [];
    });
  };

  return {
    add: ({ id, kind }, devices, chosen) =>
      service.inTurn(async () => {
        const { gateways, devices: others } = operations.registry();
        if (others.has(id) || gateways.get(id)?.revoked === false) {
          throw new Fault('CONFLICT', `"${id}" is registered already; choose another name, or revoke it first`);
        }
        const { secret, hash } = service.makeSecret(chosen);
        const now = clock.now();
        const registeredAt = gateways.get(id)?.registeredAt ?? now;
        await service.change([
          { kind: 'put-gateway', gateway: { id, kind, registeredAt, revoked: false } },
          { kind: 'add-gateway-secret', gateway: id, hash, at: now },
          ...assigning(id, devices),
        ]);
        return { device: id, secret };
      }),
    assign: (gateway, devices) =>
      service.inTurn(async () => {
        await service.change(assigning(known(gateway).id, devices));
      }),
    rotate: (id, chosen) =>
      service.inTurn(async () => {
        if (known(id).revoked) {
          throw new Fault('CONFLICT', `gateway ${id} is revoked; POST /v1/gateways lets it in again`);
        }
        const { secret, hash } = service.makeSecret(chosen);
        await service.change([{ kind: 'add-gateway-secret', gateway: id, hash, at: clock.now() }]);
        return { device: id, secret };
      }),
    finishRotation: (id) =>
      service.inTurn(async () => {
        await service.change([{ kind: 'finish-gateway-rotation', gateway: known(id).id }]);
      }),
    revoke: (gateway) =>
      service.inTurn(async () => {
        await operations.changeRegistry([{ kind: 'revoke-gateway', gateway: known(gateway).id }]);
        const connections = await service.disconnect(gateway);
        await service.notifyBroker();
        return connections;
      }),
  };
};

const withoutGateway = ({ gateway: _, ...rest }: Device): Device => rest;

/** A gateway as the API describes it. */
export interface GatewayDescription {
  readonly id: string;
  readonly kind: GatewayKind;
  readonly devices: readonly string[];
  readonly revoked: boolean;
  readonly presence: PresenceState;
  /** Time of the last message of the gateway or one of its devices; undefined without one. */
  readonly lastSeen: Instant | undefined;
}

const push = (lists: Map<string, string[]>, key: string, value: string): void => {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
};

/** Every gateway with its devices and its presence. */
export const describeGateways = (
  operations: Pick<Operations, 'registry' | 'presence' | 'lastSeen'>,
): readonly GatewayDescription[] => {
  const { gateways, devices } = operations.registry();
  const [presence, seen] = [operations.presence(), operations.lastSeen()];
  const behind = new Map<string, string[]>();
  for (const { id, gateway } of devices.values()) if (gateway !== undefined) push(behind, gateway, id);
  return [...gateways.values()].map(({ id, kind, revoked }) => {
    const own = behind.get(id) ?? [];
    const times = [id, ...own].flatMap((name) => seen.get(name) ?? []);
    const lastSeen = times.length === 0 ? undefined : times.reduce((a, b) => Math.max(a, b));
    return { id, kind, devices: own, revoked, presence: presence.get(id)?.state ?? 'unknown', lastSeen };
  });
};
