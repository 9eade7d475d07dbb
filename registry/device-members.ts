import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { describing } from '#model/base/document.ts';
import { formatInstant } from '#model/base/instant.ts';
import { type Device, DeviceSettings } from '#model/registry/device.ts';
import { Station } from '#model/registry/station.ts';

/** A member of a device or station in the API; null if it is not set. */
const MemberValue = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.record(z.string(), z.unknown()),
  z.array(z.unknown()),
  z.null(),
]);
type MemberValue = z.infer<typeof MemberValue>;

/** One changed member. */
export const MemberChange = z.object({
  member: z.string(),
  before: MemberValue.meta({ description: 'null if it was not set.' }),
  after: MemberValue,
});
export type MemberChange = Readonly<z.infer<typeof MemberChange>>;

type Members = ReadonlyMap<string, MemberValue>;

const describeSettings = describing(DeviceSettings);
const describeStation = describing(Station);

/** Every station of a device with its date, in one text. */
const historyOf = ({ assignments }: Device): string =>
  assignments.map(({ station, from }) => `${station} from ${formatInstant(from)}`).join(', ');

/** Members that a registration can set, under the names of the API. */
const membersOf = (device: Device): Members => {
  const at = device.assignments.at(-1);
  return new Map<string, MemberValue>([
    ['station', at?.station ?? null],
    ['from', at === undefined ? null : formatInstant(at.from)],
    ...Object.entries(describeSettings(device)).map(([name, value]) => [name, value ?? null] as const),
  ]);
};

const changesBetween = (before: Members, after: Members): readonly MemberChange[] =>
  [...new Set([...before.keys(), ...after.keys()])].flatMap((member) => {
    const [old, fresh] = [before.get(member) ?? null, after.get(member) ?? null];
    return isDeepStrictEqual(old, fresh) ? [] : [{ member, before: old, after: fresh }];
  });

/** The members in which two states of a device differ. */
export const memberChanges = (known: Device, wanted: Device): readonly MemberChange[] => {
  const changes = changesBetween(membersOf(known), membersOf(wanted));
  const [before, after] = [historyOf(known), historyOf(wanted)];
  const isTold = before === after || changes.some(({ member }) => member === 'station' || member === 'from');
  return isTold ? changes : [...changes, { member: 'assignments', before, after }];
};

/** The members in which two states of a station differ. */
export const stationChanges = (known: Station, wanted: Station): readonly MemberChange[] =>
  changesBetween(new Map(Object.entries(describeStation(known))), new Map(Object.entries(describeStation(wanted))));
