import { z } from 'zod';
import { CHOSEN_SECRET_LENGTH } from '#model/base/secret.ts';
import { bodyOf, documentOf, patchOf } from '#model/base/document.ts';
import { humanLine, humanText } from '#model/base/human-text.ts';
import { minutes } from '#model/base/duration.ts';
import { MemberChange } from './device-members.ts';
import { instantParameter } from '#model/parameters.ts';
import { Device, DeviceSettings, FieldMapping } from '#model/registry/device.ts';
import { DeviceId, StationId } from '#model/registry/names.ts';
import { Station } from '#model/registry/station.ts';

/** Devices in one batch. */
const BATCH = 1_000;

const STATION_EXAMPLE = {
  id: 'bukateja-1',
  family: 'air',
  name: 'Bukateja, balai desa',
  lat: -7.4283,
  lon: 109.4299,
  attributes: {},
};

/** An example of a body that is transformed: zod leaves plain `examples` out of the description of those. */
export const bodyExample = <T>(value: T) => ({ examples: [value], 'x-examples': { usual: { value } } });

const PLACE = bodyOf(Station);

const Attributes = z
  .record(humanLine(64), z.union([z.number(), z.literal(''), humanText(1_000)]))
  .meta({ ...PLACE.attributes.meta() });

/** A station in a request. */
export const StationBody = z
  .strictObject({
    ...PLACE,
    name: humanLine(200, 'a station needs a name'),
    lat: PLACE.lat.min(-90).max(90),
    lon: PLACE.lon.min(-180).max(180),
    attributes: Attributes.prefault({}),
  })
  .meta({ examples: [STATION_EXAMPLE] });
export type StationBody = z.infer<typeof StationBody>;

export const StationDocument = documentOf(Station).meta({ id: 'Station', examples: [STATION_EXAMPLE] });

/** A chosen secret. */
export const ChosenSecret = z
  .string()
  .min(CHOSEN_SECRET_LENGTH, `a chosen secret needs ${CHOSEN_SECRET_LENGTH} characters or more`)
  .max(128)
  .regex(/^[\x21-\x7e]+$/, 'a secret is written with visible ASCII characters, without blanks')
  .meta({ description: 'Chosen secret; one is made when absent.', examples: ['a-chosen-secret-of-16'] });

const DEVICE_EXAMPLE = { id: 'aq-bukateja-1', station: 'bukateja-1', codec: 'json', every: '60s' };

const SETTINGS = bodyOf(DeviceSettings);

/** Reporting interval of a device that neither its registration nor its profile names. */
export const USUAL_EVERY = minutes(1);

/** Members of a new device with defaults. */
const WITH_DEFAULTS = {
  ...SETTINGS,
  codec: SETTINGS.codec.prefault('json'),
  every: SETTINGS.every.optional().meta({
    description: 'Expected reporting interval; that of its profile when absent, or 60s.',
    examples: ['60s'],
  }),
  fields: SETTINGS.fields.prefault({}),
};

/** A new device in a request. */
export const DeviceBody = z
  .strictObject({
    id: DeviceId,
    station: StationId,
    from: instantParameter('Since when it stands there; always when absent.').optional(),
    ...WITH_DEFAULTS,
    secret: ChosenSecret.optional(),
  })
  .meta(bodyExample(DEVICE_EXAMPLE));
export type DeviceBody = z.infer<typeof DeviceBody>;

/** A known device in an imported list: members that are not given stay. */
export const KnownDeviceBody = z.strictObject({
  id: DeviceId,
  ...z
    .strictObject({ ...DeviceBody.shape, ...SETTINGS })
    .partial()
    .omit({ id: true }).shape,
});
export type KnownDeviceBody = z.infer<typeof KnownDeviceBody>;

/** Changed members of a device; the others stay. */
export const DevicePatch = z
  .strictObject({
    ...patchOf(DeviceSettings.omit({ certificateOnly: true })),
    fields: z
      .record(
        z.string().min(1).max(128),
        z.strictObject({ ...FieldMapping.shape, property: z.string().exactOptional() }).nullable(),
      )
      .optional()
      .meta({ description: 'Fields that are mapped otherwise; null takes a mapping away.' }),
  })
  .meta(bodyExample({ silent_after: '6h', fields: { PM25: { property: 'pm2_5' } } }));
export type DevicePatch = z.infer<typeof DevicePatch>;

export const DeviceBatch = z
  .strictObject({ devices: z.array(DeviceBody).min(1).max(BATCH) })
  .meta(bodyExample({ devices: [DEVICE_EXAMPLE, { ...DEVICE_EXAMPLE, id: 'aq-bukateja-2' }] }));

const SECRET_EXAMPLE = { device: 'aq-bukateja-1', secret: 'hX2c9TqJw0aVb7RzK1mN4sEoP8u' };

/** The answer that shows a secret, once. */
export const DeviceSecret = z
  .object({ device: DeviceId, secret: z.string() })
  .meta({ id: 'DeviceSecret', examples: [SECRET_EXAMPLE] });

export const DeviceSecrets = z
  .object({ devices: z.array(DeviceSecret) })
  .meta({ examples: [{ devices: [SECRET_EXAMPLE] }] });

export const RotateBody = z
  .strictObject({
    secret: ChosenSecret.optional(),
    finish: z
      .literal(true)
      .optional()
      .meta({ description: 'Makes none, and ends the time of the older one.', examples: [true] }),
  })
  .nullish()
  .meta({ examples: [{ secret: 'a-chosen-secret-of-16' }] });

const DOCUMENT_EXAMPLE = {
  id: 'aq-bukateja-1',
  codec: 'json',
  every: '1m',
  fields: {},
  assignments: [{ station: 'bukateja-1', from: '2026-01-01T00:00:00.000Z' }],
  registered_at: '2026-01-01T00:00:00.000Z',
  revoked: false,
  certificate_only: false,
  decimal_comma: false,
  strict: false,
};

/** A registered device. */
export const DeviceDocument = documentOf(Device).meta({ id: 'Device', examples: [DOCUMENT_EXAMPLE] });

export const DeviceList = z
  .object({ devices: z.array(DeviceDocument) })
  .meta({ examples: [{ devices: [DOCUMENT_EXAMPLE] }] });

export const Revoked = z
  .object({ device: DeviceId, connections: z.int().meta({ description: 'How many of its connections were cut.' }) })
  .meta({ examples: [{ device: 'aq-bukateja-1', connections: 1 }] });

/** A station in a registry document; of a known station, members that are not given stay. */
export const AppliedStation = z.strictObject({
  ...z.strictObject({ ...StationBody.shape, attributes: Attributes }).partial().shape,
  id: StationId,
});
export type AppliedStation = z.infer<typeof AppliedStation>;

/**
 * A device in a registry document: with one station, or with all its assignments. Of a known device, members that are not
 * given stay.
 */
const AppliedDevice = z.strictObject({
  id: DeviceId,
  station: StationId.optional(),
  assignments: z
    .array(z.strictObject({ station: StationId, from: instantParameter('Since when it stands there.') }))
    .min(1)
    .optional(),
  ...patchOf(DeviceSettings),
});
export type AppliedDevice = z.infer<typeof AppliedDevice>;

/** The registry as a document; without `devices` the devices stay unchanged. */
export const RegistryDocument = z
  .strictObject({ stations: z.array(AppliedStation), devices: z.array(AppliedDevice).optional() })
  .meta(bodyExample({ stations: [STATION_EXAMPLE], devices: [DEVICE_EXAMPLE] }));
export type RegistryDocument = z.infer<typeof RegistryDocument>;

/** Another station for a device. */
export const DeviceMove = z
  .strictObject({
    station: StationId,
    from: instantParameter('Since when it stands there; from now on when absent.').optional(),
  })
  .meta(bodyExample({ station: 'bukateja-2', from: '2026-11-24T03:00:00Z' }));
export type DeviceMove = z.infer<typeof DeviceMove>;

export const ApplyParameters = z.strictObject({
  dryRun: z
    .enum(['true', 'false'], { error: 'true or false' })
    .prefault('false')
    .meta({ description: 'Say what would change, and change nothing.', examples: ['true'] }),
});

export const Applied = z
  .object({
    dry_run: z.boolean(),
    revision: z.int(),
    changes: z.array(
      z.object({
        what: z.enum(['station', 'device']),
        id: z.string(),
        change: z.enum(['added', 'changed', 'removed']),
        changes: z
          .array(MemberChange)
          .meta({ description: 'Of a station or device that changes: its members with old and new value.' }),
      }),
    ),
    secrets: z.array(DeviceSecret).meta({ description: 'Of the devices that were added.' }),
  })
  .meta({
    examples: [
      {
        dry_run: false,
        revision: 42,
        changes: [
          {
            what: 'station',
            id: 'bukateja-1',
            change: 'changed',
            changes: [{ member: 'name', before: 'Bukateja', after: 'Bukateja, balai desa' }],
          },
        ],
        secrets: [],
      },
    ],
  });
