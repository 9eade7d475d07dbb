import { isDeepStrictEqual } from 'node:util';
import { Fault } from '#model/base/fault.ts';
import { Secret } from '#model/base/secret.ts';
import type { Device } from '#model/registry/device.ts';
import type { Station } from '#model/registry/station.ts';
import type { RegistryChange } from '#storage/operations/registry.ts';
import type { Issued, RegistryService } from './service.ts';
import {
  checkDevice,
  deviceOf,
  isSameDevice,
  isSameStation,
  movedTo,
  patched,
  type RegistryPlan,
  planApply,
} from './plan.ts';
import type { DeviceBody, DeviceMove, DevicePatch, RegistryDocument } from './schema.ts';

/** Changes the registry, one request after the other, and notifies the broker. */
export interface RegistryChanges {
  /** True when the station is new, false when the same station is registered. @throws Fault `CONFLICT` */
  addStation(station: Station): Promise<boolean>;
  /** Adds all or none. @throws Fault `CONFLICT` when one exists with other members, or with another secret */
  addDevices(bodies: readonly DeviceBody[]): Promise<readonly Issued[]>;
  /** Changes members of a device, and returns the changed device. @throws Fault `NOT_FOUND`, `REQUEST_INVALID` */
  patch(device: string, patch: DevicePatch): Promise<Device>;
  /** Gives a device another station from an instant on, until the next date that is registered. @throws as `patch` */
  move(device: string, to: DeviceMove): Promise<Device>;
  rotate(device: string, chosen: string | undefined): Promise<Issued>;
  /** Invalidates all secrets but the newest, and closes connections that used an older one. */
  finishRotation(device: string): Promise<void>;
  /** Deletes the secrets, closes the connections and returns their number. */
  revoke(device: string): Promise<number>;
  apply(document: RegistryDocument, isDryRun: boolean): Promise<Applied>;
}

export interface Applied {
  readonly plan: RegistryPlan;
  readonly issued: readonly Issued[];
  readonly revision: number;
}

// oxlint-disable-next-line max-lines-per-function -- the methods of one service
export const makeRegistryChanges = (service: RegistryService): RegistryChanges => {
  const { deps, inTurn, change } = service;
  const { operations, clock } = deps;

  const issue = (device: string, chosen?: string): { issued: Issued; change: RegistryChange } => {
    const { secret, hash } = service.makeSecret(chosen);
    return { issued: { device, secret }, change: { kind: 'add-secret', device, hash, at: clock.now() } };
  };

  const addDevices = async (bodies: readonly DeviceBody[]): Promise<readonly Issued[]> => {
    const registry = operations.registry();
    if (new Set(bodies.map(({ id }) => id)).size < bodies.length) {
      throw new Fault('REQUEST_INVALID', 'a device stands twice in the batch');
    }
    const changes: RegistryChange[] = [];
    const issued = bodies.map((body) => {
      const before = registry.devices.get(body.id);
      const now = clock.now();
      const device = checkDevice(deviceOf(body, before, registry, now), registry, now);
      if (before !== undefined && !before.revoked) {
        return confirm(before, device, body.secret, (secret) => service.isSecretOf(body.id, secret));
      }
      const added = issue(body.id, body.secret);
      changes.push({ kind: 'put-device', device }, added.change);
      return added.issued;
    });
    if (changes.length > 0) await change(changes);
    return issued;
  };

  return {
    addStation: (station) =>
      inTurn(async () => {
        const before = operations.registry().stations.get(station.id);
        if (before === undefined) await change([{ kind: 'put-station', station }]);
        else if (!isSameStation(before, station)) {
          throw new Fault(
            'CONFLICT',
            `station ${station.id} is registered otherwise; change it with "klawing device set", or by a file with "klawing station apply"`,
          );
        }
        return before === undefined;
      }),
    addDevices: (bodies) => inTurn(() => addDevices(bodies)),
    patch: (id, patch) =>
      inTurn(async () => {
        const before = service.device(id);
        const device = checkDevice(patched(before, patch), operations.registry(), clock.now());
        if (!isSameDevice(before, device)) await change([{ kind: 'put-device', device }]);
        return device;
      }),
    move: (id, { station, from }) =>
      inTurn(async () => {
        const before = service.device(id);
        const now = clock.now();
        const device = checkDevice(movedTo(before, { station, from: from ?? now }), operations.registry(), now);
        if (!isDeepStrictEqual(before.assignments, device.assignments)) await change([{ kind: 'put-device', device }]);
        return device;
      }),
    rotate: (id, chosen) =>
      inTurn(async () => {
        if (service.device(id).revoked)
          throw new Fault('CONFLICT', `device ${id} is revoked; POST /v1/devices lets it in again`);
        const added = issue(id, chosen);
        await change([added.change]);
        return added.issued;
      }),
    finishRotation: (id) =>
      inTurn(async () => {
        await change([{ kind: 'finish-rotation', device: service.device(id).id }]);
      }),
    revoke: (id) =>
      inTurn(async () => {
        operations.noteAudit({}, { subject: `device:${id}` });
        await operations.changeRegistry([{ kind: 'revoke', device: service.device(id).id }]);
        // counted before the broker reads the registry again, because it then closes connections that were opened meanwhile
        const connections = await service.disconnect(id);
        await service.notifyBroker();
        return connections;
      }),
    apply: (document, isDryRun) =>
      inTurn(async () => {
        const registry = operations.registry();
        const plan = planApply(registry, document, clock.now());
        if (isDryRun || plan.differences.length === 0) return { plan, issued: [], revision: registry.revision };
        const added = plan.added.map((id) => issue(id));
        const revision = await change([
          ...plan.removedDevices.map((device): RegistryChange => ({ kind: 'remove-device', device })),
          ...plan.stations.map((station): RegistryChange => ({ kind: 'put-station', station })),
          ...plan.devices.map((device): RegistryChange => ({ kind: 'put-device', device })),
          ...added.map((each) => each.change),
          ...plan.removedStations.map((station): RegistryChange => ({ kind: 'remove-station', station })),
        ]);
        for (const id of plan.removedDevices) await service.disconnect(id);
        return { plan, issued: added.map(({ issued }) => issued), revision };
      }),
  };
};

/** A registered device is confirmed only with its secret; otherwise the answer would need a new secret. */
const confirm = (
  before: Device,
  wanted: Device,
  chosen: string | undefined,
  isValid: (secret: string) => boolean,
): Issued => {
  if (!isSameDevice(before, wanted)) {
    throw new Fault('CONFLICT', `device ${before.id} is registered otherwise; change it with POST /v1/registry/apply`);
  }
  if (chosen === undefined || !isValid(chosen)) {
    throw new Fault(
      'CONFLICT',
      `device ${before.id} exists; "klawing device rotate ${before.id}" or POST /v1/devices/${before.id}/rotate gives it a new secret`,
    );
  }
  return { device: before.id, secret: new Secret(chosen) };
};
