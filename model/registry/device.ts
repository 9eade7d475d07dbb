import { z } from 'zod';
import { DurationMember, InstantMember } from '#model/base/document.ts';
import type { Instant } from '#model/base/instant.ts';
import { zoneOffset } from '#model/payload/date-time.ts';
import { TIME_FORMS } from '#model/payload/device-time.ts';
import { EXTERNAL_ID } from './gateway.ts';
import { DeviceId, StationId } from './names.ts';
import { Network } from './network.ts';

/** Name of a field of a payload, or of a nested one with the names of its way and points between them. */
export const FieldName = z.string().min(1).max(128);

/** The mapping of one field of a device's payload to a property, and to the unit of the property. */
export const FieldMapping = z.strictObject({
  property: z.string(),
  /** Unit in which the device reports, when it is not the property's own (`model/readings/unit.ts`). */
  unit: z.string().exactOptional(),
  /** Applied before the unit: `value × scale + offset`. */
  scale: z.number().exactOptional(),
  offset: z.number().exactOptional(),
  /** Numbers that the sensor sends in place of a value, such as −999: each is a missing value. Compared before scale and unit. */
  missing: z.array(z.number()).min(1).max(32).readonly().exactOptional(),
});
export type FieldMapping = Readonly<z.infer<typeof FieldMapping>>;

/** From a date on, a device belongs to a station; the last assignment at or before a reading's time counts. */
export const Assignment = z.object({ station: StationId, from: InstantMember });
export type Assignment = Readonly<z.infer<typeof Assignment>>;

/** From a date on, the messages of a device are read by one version of a profile, or by none; the arrival of a message counts. */
const ProfileInForce = z.object({
  profile: z.string().exactOptional(),
  version: z.string().exactOptional(),
  from: InstantMember,
});

/** Topics below `v1/<device>/` that a device may publish beside the usual ones. */
export const OwnTopics = z.object({
  /** Those of messages. */
  taken: z.array(z.string()).readonly(),
  /** Those that are accepted, and not kept. */
  ignored: z.array(z.string()).readonly(),
});
export type OwnTopics = Readonly<z.infer<typeof OwnTopics>>;

/**
 * Members of a device that an operator sets: bodies, imported columns and options of the command line follow from them. The
 * description of each member stands in the API document and in the help of the command line.
 */
export const DeviceSettings = z.object({
  codec: z.string().meta({ description: 'Codec of the topic without a codec name.', examples: ['json'] }),
  every: DurationMember.meta({ description: 'Expected reporting interval.', examples: ['60s'] }),
  silentAfter: DurationMember.meta({
    description: 'Permitted silence of a sleeping device, in place of three reporting intervals.',
    examples: ['6h'],
  }).exactOptional(),
  /** A field that is not listed keeps its name. */
  fields: z
    .record(FieldName, FieldMapping)
    .readonly()
    .meta({
      description: 'Payload field → property, with the unit that the device reports in.',
      examples: [{ suhu: { property: 'temperature', unit: 'Cel' } }],
    }),
  ignored: z
    .array(FieldName)
    .max(256)
    .readonly()
    .meta({
      description: 'Fields of its messages that are known and not wanted: they are neither stored nor refused.',
      examples: [['linkquality', 'battery_low']],
    })
    .exactOptional(),
  profile: z
    .string()
    .meta({
      description: 'Profile of its kind, which says how its messages are read.',
      examples: ['milesight-em500-udl'],
    })
    .exactOptional(),
  timeMember: z
    .string()
    .min(1)
    .max(128)
    .meta({
      description: 'Member of its messages that holds the time; the usual names are found without it.',
      examples: ['measured'],
    })
    .exactOptional(),
  timeForm: z
    .enum(TIME_FORMS)
    .meta({
      description:
        'Form of its times: iso (also +0700, also without an offset), compact (20261124100000), cclk (26/11/24,10:00:00+28), or a number or text of seconds, milliseconds, microseconds or nanoseconds since 1970. RFC 3339 and plain numbers are read without it.',
      examples: ['cclk'],
    })
    .exactOptional(),
  timeZone: z
    .string()
    .refine((zone) => zoneOffset(zone) !== undefined, 'an offset such as +07:00, or WIB, WITA, WIT, UTC')
    .meta({ description: 'Zone of its times without an offset.', examples: ['WIB'] })
    .exactOptional(),
  externalId: z
    .string()
    .toLowerCase()
    .regex(EXTERNAL_ID, 'a DevEUI, or a device id of The Things Stack')
    .meta({ description: 'Its id at the network server; its own id without one.', examples: ['70b3d57ed0051a03'] })
    .exactOptional(),
  network: Network.clone()
    .meta({
      description: 'Uplink and downlink settings of its network server.',
      examples: [
        {
          application: '17c82e96-0000-4000-8000-000000000002',
          port: 85,
          bytes: { reboot: 'ff10ff', config: 'ff03{interval:u16le}' },
        },
      ],
    })
    .exactOptional(),
  installedAt: z.iso
    .date('a date such as 2026-11-24')
    .meta({ description: 'Date of its installation at the site.', examples: ['2026-11-24'] })
    .exactOptional(),
  certificateOnly: z
    .literal(true)
    .exactOptional()
    .meta({
      description: 'True if it needs a client certificate and its secret is not sufficient.',
      examples: [true],
    }),
  duplicateNames: z
    .enum(['first', 'last'])
    .meta({
      description: 'The value that counts where one name has several in a reading, first or last; none when absent.',
      examples: ['last'],
    })
    .exactOptional(),
  decimalComma: z
    .literal(true)
    .exactOptional()
    .meta({ description: 'True where it writes numbers as text with a decimal comma, "38,5".', examples: [true] }),
  strict: z
    .literal(true)
    .exactOptional()
    .meta({
      description: 'True where nothing but plain JSON is read: no numbers as text, no NaN, no several objects.',
      examples: [true],
    }),
});

/** Members of a device that lists of devices show, in this order. */
export const LISTED_SETTINGS = [
  'codec',
  'every',
  'installedAt',
] as const satisfies readonly (keyof typeof DeviceSettings.shape)[];

/** The unit with firmware and credentials; an MQTT client. */
export const Device = z.object({
  id: DeviceId,
  ...DeviceSettings.shape,
  /** Oldest first. */
  assignments: z.array(Assignment).readonly(),
  /** Oldest first; absent where it never had a profile. */
  profiles: z.array(ProfileInForce).readonly().exactOptional().meta({
    description: 'Versions of its profile, each from a date on. The first counts for all messages before too.',
  }),
  topics: OwnTopics.readonly()
    .exactOptional()
    .meta({ description: 'Topics of its profile below v1/<device>/ that it may publish.' }),
  registeredAt: InstantMember.meta({
    description: 'Time of its registration. A device that never sent anything is silent from here on.',
  }),
  revoked: z.boolean(),
  gateway: z
    .string()
    .meta({ description: 'Its gateway; absent for a device that connects by itself.' })
    .exactOptional(),
});
export type Device = Readonly<z.infer<typeof Device>>;

/** The station that a device belonged to at an instant, or undefined before its first assignment. */
export const stationAt = (device: Device, at: Instant): string | undefined => {
  const { assignments } = device;
  for (let i = assignments.length - 1; i >= 0; i -= 1) {
    const assignment = assignments[i];
    if (assignment !== undefined && assignment.from <= at) return assignment.station;
  }
  return undefined;
};
