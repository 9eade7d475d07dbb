import { isDeepStrictEqual } from 'node:util';
import { formatDuration } from '#model/base/duration.ts';
import { formatInstant } from '#model/base/instant.ts';
import type { Device } from '#model/registry/device.ts';

/** A member of a device as the API tells it; null where nothing is said. */
export type MemberValue = string | boolean | Record<string, unknown> | null;

/** One member that a change touches. */
export interface MemberChange {
  readonly member: string;
  readonly before: MemberValue;
  readonly after: MemberValue;
}

/** Members that a registration can set, under the names of the API. */
const membersOf = (device: Device): Readonly<Record<string, MemberValue>> => {
  const { codec, every, silentAfter, fields, externalId, network, certificateOnly } = device;
  const at = device.assignments.at(-1);
  return {
    station: at?.station ?? null,
    from: at === undefined ? null : formatInstant(at.from),
    codec,
    every: formatDuration(every),
    silent_after: silentAfter === undefined ? null : formatDuration(silentAfter),
    fields: { ...fields },
    external_id: externalId ?? null,
    network: network === undefined ? null : { ...network },
    certificate_only: certificateOnly === true,
  };
};

/** The members in which two states of a device differ. */
export const memberChanges = (known: Device, wanted: Device): readonly MemberChange[] => {
  const before = membersOf(known);
  return Object.entries(membersOf(wanted)).flatMap(([member, after]) => {
    const old = before[member] ?? null;
    return isDeepStrictEqual(old, after) ? [] : [{ member, before: old, after }];
  });
};
