import { isDeepStrictEqual } from 'node:util';
import { codecNamed, CODECS } from '#model/codecs/index.ts';
import { Fault } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Registry } from '#model/registry/registry.ts';
import { withMembers } from '#model/base/document.ts';
import { type Assignment, type Device, DeviceSettings } from '#model/registry/device.ts';
import type { Station } from '#model/registry/station.ts';
import type { Profile } from '#model/registry/profile.ts';
import { newestOf, problemOfField, withProfileInForce } from './profiles.ts';
import { type MemberChange, memberChanges, stationChanges } from './device-members.ts';
import {
  type AppliedDevice,
  type AppliedStation,
  type DeviceBody,
  type DevicePatch,
  type KnownDeviceBody,
  type RegistryDocument,
  StationBody,
  USUAL_EVERY,
} from './schema.ts';

/** A device without a date is at its station from the earliest possible reading on, so that all of its readings count. */
const ALWAYS: Instant = 1_577_836_800_000;

export interface Difference {
  readonly what: 'station' | 'device';
  readonly id: string;
  readonly change: 'added' | 'changed' | 'removed';
  /** Changed members, with their old and new values. */
  readonly changes: readonly MemberChange[];
}

export interface RegistryPlan {
  readonly differences: readonly Difference[];
  readonly stations: readonly Station[];
  readonly devices: readonly Device[];
  /** Devices among `devices` that are new and need a secret. */
  readonly added: readonly string[];
  readonly removedStations: readonly string[];
  readonly removedDevices: readonly string[];
}

/** A new device as the registry holds it, or one that was revoked and comes back with its history. */
export const deviceOf = (
  body: DeviceBody,
  known: Device | undefined,
  { profiles }: Pick<Registry, 'profiles'>,
  now: Instant,
): Device => {
  const assignment = { station: body.station, from: body.from ?? (known === undefined ? ALWAYS : now) };
  const assignments = known === undefined ? [assignment] : moved(known.assignments, assignment);
  const profile = body.profile === undefined ? undefined : newestOf(profiles, body.profile);
  const every = body.every ?? profile?.every ?? USUAL_EVERY;
  return withSettings({ ...standing({ ...body, every }, known, now), assignments, revoked: false }, body);
};

/** Members of a device that a body always holds, over its present members. */
const standing = (
  { id, codec, every, fields }: Pick<Device, 'id' | 'codec' | 'every' | 'fields'>,
  known: Device | undefined,
  now: Instant,
): Device => ({ assignments: [], registeredAt: now, revoked: false, ...known, id, codec, every, fields });

const withSettings = (device: Device, body: object): Device => withMembers(DeviceSettings, device, body);

/** A known device with the members that an imported line gives; the others stay as they are. */
export const deviceWith = (body: KnownDeviceBody, known: Device, now: Instant): Device =>
  withSettings({ ...known, assignments: assignedBy(body, known.assignments, now) }, body);

/** Another station adds an assignment; another date for the present station replaces its date. */
const assignedBy = (
  { station, from }: Pick<KnownDeviceBody, 'station' | 'from'>,
  assignments: readonly Assignment[],
  now: Instant,
): readonly Assignment[] => {
  const last = assignments.at(-1);
  const isElsewhere = station !== undefined && station !== last?.station;
  if (isElsewhere) return moved(assignments, { station, from: from ?? now });
  if (last === undefined || from === undefined) return assignments;
  return [...assignments.slice(0, -1).filter((before) => before.from < from), { ...last, from }];
};

/**
 * A device as it is after a change.
 * @throws Fault `REQUEST_INVALID` for a new mapping without its property
 */
export const patched = (known: Device, { fields = {}, ...members }: DevicePatch): Device => ({
  ...withSettings(known, members),
  fields: mappedAnew(known, fields),
});

const mappedAnew = (known: Device, given: NonNullable<DevicePatch['fields']>): Device['fields'] => {
  const fields = new Map(Object.entries(known.fields));
  for (const [field, change] of Object.entries(given)) {
    const property = change?.property ?? fields.get(field)?.property;
    if (change === null) fields.delete(field);
    else if (property !== undefined) fields.set(field, { ...fields.get(field), ...change, property });
    else throw new Fault('REQUEST_INVALID', `device ${known.id}, field "${field}": it needs "property"`);
  }
  return Object.fromEntries(fields);
};

const moved = (assignments: readonly Assignment[], to: Assignment): readonly Assignment[] =>
  assignments.at(-1)?.station === to.station ? assignments : [...assignments.filter(({ from }) => from < to.from), to];

/** True if the registration would not change the device. */
export const isSameDevice = (known: Device, wanted: Device): boolean =>
  membersThatDiffer(known, { ...wanted, assignments: known.assignments }).length === 0 &&
  known.assignments.at(-1)?.station === wanted.assignments.at(-1)?.station;

/** Stations and profiles that a device may name. */
type Known = Pick<Registry, 'stations' | 'profiles'>;

/**
 * A device with the version of its profile that is in force from now on.
 * @throws Fault `REQUEST_INVALID`, `CODEC_UNKNOWN` for a device that could never deliver a reading
 */
export const checkDevice = (given: Device, { stations, profiles }: Known, now: Instant): Device => {
  const device = withProfileInForce(given, profiles, now);
  if (codecNamed(device.codec) === undefined) {
    const names = CODECS.map(({ name }) => name).join(', ');
    throw new Fault('CODEC_UNKNOWN', `device ${device.id} wants "${device.codec}"; there are ${names}`);
  }
  const assigned = device.assignments.map(({ station }) => {
    const found = stations.get(station);
    if (found !== undefined) return found;
    throw new Fault(
      'REQUEST_INVALID',
      `device ${device.id}: no station is registered as "${station}"; add it first with "klawing station add"`,
    );
  });
  const families = new Set(assigned.map(({ family }) => family));
  for (const family of families) checkFields(device, family);
  if (device.profile !== undefined) checkFamilies(device, newestOf(profiles, device.profile), families);
  return device;
};

const checkFamilies = ({ id }: Device, profile: Profile, families: ReadonlySet<string>): void => {
  const other = [...families].find((family) => !profile.families.includes(family));
  if (other === undefined) return;
  const stated = profile.families.join(', ');
  throw new Fault(
    'REQUEST_INVALID',
    `device ${id}: profile ${profile.id} is for ${stated}, and its station is ${other}`,
  );
};

const checkFields = (device: Device, name: string): void => {
  for (const [field, mapping] of Object.entries(device.fields)) {
    const where = `device ${device.id}, field "${field}"`;
    if (device.ignored?.includes(field) === true) {
      throw new Fault('REQUEST_INVALID', `${where}: it is mapped and ignored; remove one of the two`);
    }
    const problem = problemOfField(mapping, name);
    if (problem !== undefined) throw new Fault('REQUEST_INVALID', `${where}: ${problem}`);
  }
};

/**
 * The changes that make the registry equal to a document. Without `devices` in it, the devices stay.
 * @throws Fault `REQUEST_INVALID` for a document that contradicts itself, `CONFLICT` when a station that is not in it
 * still has devices
 */
export const planApply = (registry: Registry, document: RegistryDocument, now: Instant): RegistryPlan => {
  const stations = byId(document.stations.map((station) => appliedStation(station, registry.stations.get(station.id))));
  const applied = document.devices?.map((device) =>
    appliedDevice(device, registry.devices.get(device.id), registry, now),
  );
  const removedStations = [...registry.stations.keys()].filter((id) => !stations.has(id));
  for (const device of applied ?? registry.devices.values()) {
    const lost = device.assignments.find(({ station }) => removedStations.includes(station));
    if (lost !== undefined) {
      throw new Fault(
        'CONFLICT',
        `station ${lost.station} is not in the document, but device ${device.id} is assigned to it`,
      );
    }
  }
  const wanted = applied?.map((device) => checkDevice(device, { stations, profiles: registry.profiles }, now));
  const devices = wanted === undefined ? registry.devices : byId(wanted);
  const ofStations = differences('station', registry.stations, stations, stationChanges);
  const ofDevices = differences('device', registry.devices, devices, memberChanges);
  const touched = (list: readonly Difference[], change: Difference['change']): string[] =>
    list.filter((difference) => difference.change === change).map(({ id }) => id);
  const put = new Set([...ofStations, ...ofDevices].filter(({ change }) => change !== 'removed').map(keyOf));
  return {
    differences: [...ofStations, ...ofDevices],
    stations: [...stations.values()].filter(({ id }) => put.has(keyOf({ what: 'station', id }))),
    devices: [...devices.values()].filter(({ id }) => put.has(keyOf({ what: 'device', id }))),
    added: touched(ofDevices, 'added'),
    removedStations,
    removedDevices: touched(ofDevices, 'removed'),
  };
};

const keyOf = ({ what, id }: Pick<Difference, 'what' | 'id'>): string => `${what} ${id}`;

const byId = <T extends { readonly id: string }>(things: readonly T[]): ReadonlyMap<string, T> => {
  const found = new Map<string, T>();
  for (const thing of things) {
    if (found.has(thing.id)) throw new Fault('REQUEST_INVALID', `"${thing.id}" stands twice in the document`);
    found.set(thing.id, thing);
  }
  return found;
};

/** A known station with the members that a document gives; a new one needs them all. */
const appliedStation = (given: AppliedStation, known: Station | undefined): Station => {
  const { success, data, error } = StationBody.safeParse({ ...known, ...given });
  if (success) return data;
  const [issue] = error.issues;
  throw new Fault('REQUEST_INVALID', `station ${given.id}: "${issue?.path.join('.')}": ${issue?.message}`);
};

/** Members of a new device that a document does not name. */
const USUAL = { codec: 'json', every: USUAL_EVERY, fields: {} };

const appliedDevice = (
  body: AppliedDevice,
  known: Device | undefined,
  { profiles }: Pick<Registry, 'profiles'>,
  now: Instant,
): Device => {
  const profile = typeof body.profile === 'string' ? newestOf(profiles, body.profile) : undefined;
  const usual = { ...USUAL, every: profile?.every ?? USUAL_EVERY };
  const before = known ?? { id: body.id, ...usual, assignments: [], registeredAt: now, revoked: false };
  return { ...withSettings(before, body), assignments: appliedAssignments(body, known, now) };
};

const appliedAssignments = (
  { id, station, assignments }: AppliedDevice,
  known: Device | undefined,
  now: Instant,
): readonly Assignment[] => {
  if (station !== undefined && assignments !== undefined) {
    throw new Fault('REQUEST_INVALID', `device ${id} has both "station" and "assignments"; give one of them`);
  }
  if (assignments !== undefined) return assignments.toSorted((a, b) => a.from - b.from);
  if (station !== undefined) {
    return moved(known?.assignments ?? [], { station, from: known === undefined ? ALWAYS : now });
  }
  if (known !== undefined) return known.assignments;
  throw new Fault('REQUEST_INVALID', `device ${id} is new and needs either "station" or "assignments"`);
};

/**
 * A device that stands elsewhere from an instant on, until the next date that is registered. Of stations that follow each
 * other and are the same, the first date counts.
 */
export const movedTo = (known: Device, to: Assignment): Device => {
  const { assignments } = known;
  const all = [
    ...assignments.filter(({ from }) => from < to.from),
    to,
    ...assignments.filter(({ from }) => from > to.from),
  ];
  return { ...known, assignments: all.filter(({ station }, at) => station !== all[at - 1]?.station) };
};

const differences = <T extends { readonly id: string }>(
  what: Difference['what'],
  known: ReadonlyMap<string, T>,
  wanted: ReadonlyMap<string, T>,
  changesOf: (before: T, after: T) => readonly MemberChange[],
): readonly Difference[] => {
  const found: Difference[] = [];
  for (const [id, thing] of wanted) {
    const before = known.get(id);
    const changes = before === undefined ? [] : changesOf(before, thing);
    if (before === undefined) found.push({ what, id, change: 'added', changes });
    else if (changes.length > 0) found.push({ what, id, change: 'changed', changes });
  }
  for (const id of known.keys()) if (!wanted.has(id)) found.push({ what, id, change: 'removed', changes: [] });
  return found;
};

/** Names of the members in which two things of one kind differ. */
const membersThatDiffer = <T extends object>(a: T, b: T): string[] => {
  const [one, other] = [new Map(Object.entries(a)), new Map(Object.entries(b))];
  return [...new Set([...one.keys(), ...other.keys()])]
    .filter((name) => !isDeepStrictEqual(one.get(name), other.get(name)))
    .filter((name) => name !== 'registeredAt' && name !== 'profiles' && name !== 'topics');
};

/** True when a station is registered with exactly this content. */
export const isSameStation = (known: Station, wanted: Station): boolean =>
  membersThatDiffer(known, wanted).length === 0;
