import { canonicalJson, type AuditDetail } from '#storage/operations/audit.ts';
import type { Registry } from '#model/registry/registry.ts';
import type { RegistryChange } from '#storage/operations/registry.ts';

/** Most changes of one call that are written down one by one; a file may change thousands. */
const SHOWN = 100;

type AuditedMembers = Readonly<Record<string, unknown>>;

/** Attributes of a station stand beside its other members, because levels are among them. */
const membersOf = (thing: object | undefined): AuditedMembers => {
  if (thing === undefined) return {};
  const { attributes = {}, ...rest }: AuditedMembers = { ...thing };
  return { ...rest, ...Object(attributes) };
};

/** AuditedMembers that differ, each with the value before and after; undefined is left out by JSON. */
const differences = (before: object | undefined, after: object): AuditDetail => {
  const [from, to] = [membersOf(before), membersOf(after)];
  const names = new Set([...Object.keys(from), ...Object.keys(to)]);
  return Object.fromEntries(
    [...names].flatMap((name) =>
      canonicalJson(from[name] ?? null) === canonicalJson(to[name] ?? null)
        ? []
        : [[name, { from: from[name], to: to[name] }]],
    ),
  );
};

const describeChange = (change: RegistryChange, { stations, devices, gateways }: Registry): AuditDetail => {
  const { kind } = change;
  if (kind === 'put-profile') return { kind, profile: change.profile.id, version: change.profile.version };
  if (kind === 'put-station') {
    const { id } = change.station;
    return { kind, station: id, members: differences(stations.get(id), change.station) };
  }
  if (kind === 'put-device') {
    const { id } = change.device;
    return { kind, device: id, members: differences(devices.get(id), change.device) };
  }
  if (kind === 'put-gateway') {
    const { id } = change.gateway;
    return { kind, gateway: id, members: differences(gateways.get(id), change.gateway) };
  }
  if ('station' in change) return { kind, station: change.station };
  return 'gateway' in change ? { kind, gateway: change.gateway } : { kind, device: change.device };
};

/** Changes of the registry as the trail of changes holds them, without secrets. */
export const describeChanges = (changes: readonly RegistryChange[], registry: Registry): AuditDetail => ({
  count: changes.length,
  changes: changes.slice(0, SHOWN).map((change) => describeChange(change, registry)),
});
