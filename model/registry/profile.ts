import { z } from 'zod';
import { FamilyName } from '#model/parameters.ts';
import { DeviceSettings, FieldName, type Device } from './device.ts';

const PROFILE_ID = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** A topic below `v1/<device>/`; `+` stands for one level, `#` at the end for all further ones. */
const TopicShape = z
  .string()
  .max(200)
  .regex(/^(?:\+|[^+#/\0]+)(?:\/(?:\+|[^+#/\0]+))*(?:\/#)?$/, 'levels with "/" between them, as in "tele/+"')
  .refine(
    (shape) => !/^(?:(?:readings|commands)(?:\/|$)|(?:status|config|\+|#)$)/.test(shape),
    'this topic has a meaning of its own',
  );

const TopicShapes = z.array(TopicShape).max(32).readonly();

const MemberName = z.string().max(128);

/** A named, dated recipe for the messages of one kind of device. Many devices share it; a registration stands above it. */
export const Profile = z.object({
  id: z
    .string()
    .regex(PROFILE_ID, 'a profile is named with small letters, digits and "-", at most 63 of them')
    .meta({ examples: ['milesight-em500-udl'] }),
  version: z.iso
    .date('a date such as 2026-11-30')
    .meta({ description: 'Date of the recipe; a changed recipe has a later one.', examples: ['2026-11-30'] }),
  title: z.strictObject({ id: z.string().min(1).max(200), en: z.string().min(1).max(200) }),
  families: z.array(FamilyName).min(1).readonly().meta({ description: 'Families of stations that it is for.' }),
  codec: DeviceSettings.shape.codec.exactOptional(),
  every: DeviceSettings.shape.every.exactOptional(),
  silentAfter: DeviceSettings.shape.silentAfter,
  timeMember: DeviceSettings.shape.timeMember,
  timeForm: DeviceSettings.shape.timeForm,
  timeZone: DeviceSettings.shape.timeZone,
  duplicateNames: DeviceSettings.shape.duplicateNames,
  decimalComma: DeviceSettings.shape.decimalComma,
  fields: DeviceSettings.shape.fields,
  ignored: DeviceSettings.shape.ignored,
  /** Name of the object that holds the values. */
  values: MemberName.min(1).exactOptional().meta({ description: 'Member that holds the values; `values` without it.' }),
  messages: z
    .array(FieldName)
    .max(16)
    .readonly()
    .exactOptional()
    .meta({ description: 'Arrays whose elements are messages with times of their own.', examples: [['history']] }),
  lists: z
    .record(MemberName, z.strictObject({ name: MemberName.min(1), value: MemberName.min(1) }).readonly())
    .readonly()
    .exactOptional()
    .meta({
      description: 'Arrays of names and values; the empty name is the message itself.',
      examples: [{ sensordatavalues: { name: 'value_type', value: 'value' } }],
    }),
  topics: z
    .strictObject({
      readings: TopicShapes.exactOptional(),
      values: TopicShapes.exactOptional(),
      ignored: TopicShapes.exactOptional(),
    })
    .readonly()
    .exactOptional()
    .meta({
      description:
        'Topics below v1/<device>/: of whole messages, of single values (the level of the first + is the name of the field), and those that are not wanted.',
      examples: [{ readings: ['tele/SENSOR'], values: ['sensor/+/state'], ignored: ['tele/STATE'] }],
    }),
});
export type Profile = Readonly<z.infer<typeof Profile>>;

/** Profiles of the registry: of each all its versions, the oldest first. */
export type Profiles = ReadonlyMap<string, readonly Profile[]>;

/** A registration with the recipe of its profile. */
export interface Registration {
  readonly device: Device;
  readonly profile: Profile | undefined;
}

/** Without its own codec a device has that of its profile. */
const USUAL_CODEC = 'json';

const ignoredBy = ({ ignored = [] }: Profile, device: Device): readonly string[] => [
  ...ignored.filter((name) => !Object.hasOwn(device.fields, name)),
  ...(device.ignored ?? []),
];

const fieldsBy = ({ fields }: Profile, device: Device): Device['fields'] => ({
  ...Object.fromEntries(Object.entries(fields).filter(([name]) => device.ignored?.includes(name) !== true)),
  ...device.fields,
});

/** Members of a profile that stand for those which a registration does not have. */
const SHARED = ['timeMember', 'timeForm', 'timeZone', 'duplicateNames', 'decimalComma'] as const;

/** A registration over a recipe: it is read as the registration of a device that has all of it. */
export const withProfile = (device: Device, profile: Profile): Device => {
  const shared = Object.fromEntries(
    SHARED.flatMap((name) => (profile[name] === undefined ? [] : [[name, profile[name]] as const])),
  );
  return {
    ...shared,
    ...device,
    codec: device.codec === USUAL_CODEC ? (profile.codec ?? USUAL_CODEC) : device.codec,
    fields: fieldsBy(profile, device),
    ignored: ignoredBy(profile, device),
  };
};
