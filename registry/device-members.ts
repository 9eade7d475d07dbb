import { isDeepStrictEqual } from 'node:util';
import { describing } from '#model/base/document.ts';
import { formatInstant } from '#model/base/instant.ts';
import { type Device, DeviceSettings } from '#model/registry/device.ts';

/** A member of a device in the API; null if it is not set. */
export type MemberValue = string | boolean | Record<string, unknown> | null;

/** One changed member. */
export interface MemberChange {
  readonly member: string;
  readonly before: MemberValue;
  readonly after: MemberValue;
}

const describeSettings = describing(DeviceSettings);

/** Members that a registration can set, under the names of the API. */
const membersOf = (device: Device): ReadonlyMap<string, MemberValue> => {
  const at = device.assignments.at(-1);
  return new Map<string, MemberValue>([
    ['station', at?.station ?? null],
    ['from', at === undefined ? null : formatInstant(at.from)],
    ...Object.entries(describeSettings(device)).map(([name, value]) => [name, value ?? null] as const),
  ]);
};

/** The members in which two states of a device differ. */
export const memberChanges = (known: Device, wanted: Device): readonly MemberChange[] => {
  const [before, after] = [membersOf(known), membersOf(wanted)];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((member) => {
    const [old, fresh] = [before.get(member) ?? null, after.get(member) ?? null];
    return isDeepStrictEqual(old, fresh) ? [] : [{ member, before: old, after: fresh }];
  });
};
