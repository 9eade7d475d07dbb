import { isDeepStrictEqual } from 'node:util';
import { codecNamed, CODECS } from '#model/codecs/index.ts';
import { familyNamed } from '#model/families/index.ts';
import { Fault } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Property } from '#model/readings/family.ts';
import type { Profile, Profiles } from '#model/registry/profile.ts';
import type { Device, FieldMapping, OwnTopics } from '#model/registry/device.ts';
import type { Registry } from '#model/registry/registry.ts';
import type { RegistryChange } from '#storage/operations/registry.ts';
import { linearConversion } from '#science/units/line.ts';

/** A wrong member of a recipe, with the way to it. */
export interface RecipeProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Why a field cannot become a property of a family; undefined where it can. */
export const problemOfField = (mapping: FieldMapping, name: string): string | undefined => {
  const properties: Readonly<Record<string, Property>> = familyNamed(name)?.properties ?? {};
  const property = Object.hasOwn(properties, mapping.property) ? properties[mapping.property] : undefined;
  if (property === undefined) {
    return `${name} has no property "${mapping.property}"; it has ${Object.keys(properties).join(', ')}`;
  }
  const { unit } = mapping;
  if (unit === undefined || linearConversion(unit, property.unit, property.molarMass) !== undefined) return undefined;
  return `"${unit}" cannot become ${property.unit}; use a UCUM code`;
};

/** Everything in a recipe that contradicts the families, the codecs or itself. */
export const problemsOf = ({ codec, families, fields, ignored = [] }: Profile): readonly RecipeProblem[] => {
  const unknown =
    codec === undefined || codecNamed(codec) !== undefined
      ? []
      : [{ path: ['codec'], message: `there are ${CODECS.map(({ name }) => name).join(', ')}` }];
  const ofFields = Object.entries(fields).flatMap(([field, mapping]) => {
    const path = ['fields', field];
    const wrong = families.flatMap((family) => problemOfField(mapping, family) ?? []);
    const twice = ignored.includes(field) ? ['it is mapped and ignored; remove one of the two'] : [];
    return [...wrong, ...twice].map((message) => ({ path, message }));
  });
  return [...unknown, ...ofFields];
};

/** Topics below `v1/<device>/` that a profile adds. */
const topicsOf = ({ topics }: Profile): OwnTopics | undefined =>
  topics === undefined
    ? undefined
    : { taken: [...(topics.readings ?? []), ...(topics.values ?? [])], ignored: topics.ignored ?? [] };

const withTopics = ({ topics: _, ...device }: Device, profile: Profile | undefined): Device => {
  const topics = profile === undefined ? undefined : topicsOf(profile);
  return topics === undefined ? device : { ...device, topics };
};

/** The newest version of a profile. */
export const newestOf = (profiles: Profiles, id: string): Profile => {
  const found = profiles.get(id)?.at(-1);
  if (found !== undefined) return found;
  const known = [...profiles.keys()].toSorted().join(', ');
  throw new Fault('REQUEST_INVALID', `there is no profile "${id}"; there are ${known === '' ? 'none' : known}`);
};

/** The first version counts for all messages before too, so that a replay reads those that were refused without it. */
const ALWAYS: Instant = 0;

/**
 * A device with the version of its profile that is in force from now on, where it has another profile than before.
 * @throws Fault `REQUEST_INVALID` for a profile that is not there
 */
export const withProfileInForce = (device: Device, profiles: Profiles, now: Instant): Device => {
  const { profile: id, profiles: history = [] } = device;
  const last = history.at(-1);
  if (id === last?.profile) return device;
  const newest = id === undefined ? undefined : newestOf(profiles, id);
  const from = last === undefined ? ALWAYS : now;
  const entry = newest === undefined ? { from } : { profile: newest.id, version: newest.version, from };
  return withTopics({ ...device, profiles: [...history.filter((before) => before.from < from), entry] }, newest);
};

/** A device that goes on with a newer version of its profile. */
const renewed = (device: Device, newest: Profile, now: Instant): Device => {
  const { profiles: history = [] } = device;
  const entry = { profile: newest.id, version: newest.version, from: now };
  return withTopics({ ...device, profiles: [...history.filter((before) => before.from < now), entry] }, newest);
};

const describe = ({ id, version }: Profile): string => `profile ${id} of ${version}`;

/**
 * The changes that bring new versions of profiles into the registry, and put them in force for their devices.
 * @throws Fault `SETTING_INVALID` for a recipe that differs from the one of the same date
 */
export const profileChanges = (
  given: readonly Profile[],
  { profiles, devices }: Pick<Registry, 'profiles' | 'devices'>,
  now: Instant,
): readonly RegistryChange[] =>
  given.flatMap((profile): readonly RegistryChange[] => {
    const versions = profiles.get(profile.id) ?? [];
    const known = versions.find(({ version }) => version === profile.version);
    if (known !== undefined && !isDeepStrictEqual(known, profile)) {
      throw new Fault(
        'SETTING_INVALID',
        `${describe(profile)} is kept with another recipe, because messages were read by it; give the changed recipe a later "version"`,
      );
    }
    if (known !== undefined) return [];
    const put = { kind: 'put-profile', profile } as const;
    const newest = versions.at(-1)?.version ?? '';
    if (profile.version < newest) return [put];
    const users = [...devices.values()].filter((device) => device.profile === profile.id);
    return [put, ...users.map((device) => ({ kind: 'put-device', device: renewed(device, profile, now) }) as const)];
  });
