import { z } from 'zod';
import { EXTERNAL_ID } from '#model/registry/gateway.ts';
import { Network } from '#model/registry/network.ts';
import { CHOSEN_SECRET_LENGTH } from '#model/base/secret.ts';
import { DeviceId, durationParameter, FamilyName, instantParameter, StationId, Time } from '#model/parameters.ts';

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

const Attributes = z.record(z.string().min(1).max(64), z.union([z.number(), z.string().max(1_000)]));

/** A station as an operator writes it. */
export const StationBody = z
  .strictObject({
    id: StationId,
    family: FamilyName,
    name: z
      .string()
      .trim()
      .min(1, 'a station needs a name')
      .max(200)
      .meta({ examples: [STATION_EXAMPLE.name] }),
    lat: z
      .number()
      .min(-90)
      .max(90)
      .meta({ description: 'Degrees north, WGS 84.', examples: [STATION_EXAMPLE.lat] }),
    lon: z
      .number()
      .min(-180)
      .max(180)
      .meta({ description: 'Degrees east, WGS 84.', examples: [STATION_EXAMPLE.lon] }),
    attributes: Attributes.prefault({}).meta({
      description: 'Thresholds and what else is known.',
      examples: [{ siaga: 2.5 }],
    }),
  })
  .meta({ examples: [STATION_EXAMPLE] });
export type StationBody = z.infer<typeof StationBody>;

export const StationDocument = z
  .object({ ...StationBody.shape, attributes: z.record(z.string(), z.union([z.number(), z.string()])) })
  .meta({ id: 'Station', examples: [STATION_EXAMPLE] });

const FieldMapping = z.strictObject({
  property: z.string(),
  unit: z.string().exactOptional(),
  scale: z.number().exactOptional(),
  offset: z.number().exactOptional(),
});

const Fields = z.record(z.string().min(1).max(128), FieldMapping);

/** A secret that a person chose. */
export const ChosenSecret = z
  .string()
  .min(CHOSEN_SECRET_LENGTH, `a chosen secret needs ${CHOSEN_SECRET_LENGTH} characters or more`)
  .max(128)
  .regex(/^[\x21-\x7e]+$/, 'a secret is written with visible ASCII characters, without blanks')
  .meta({ description: 'Chosen secret; one is made when absent.', examples: ['a-chosen-secret-of-16'] });

const DEVICE_EXAMPLE = { id: 'aq-bukateja-1', station: 'bukateja-1', codec: 'json', every: '60s' };

const CODEC_META = { description: 'Codec of its plain topic.', examples: ['json'] };
const Codec = z.string().prefault('json').meta(CODEC_META);
const every = () => durationParameter('How often it is expected to report.', '60s');
const Every = every().prefault('60s');
const FIELDS_META = {
  description: 'Payload field → property, with the unit that the device reports in.',
  examples: [{ suhu: { property: 'temperature', unit: 'Cel' } }],
};

const ExternalId = z
  .string()
  .toLowerCase()
  .regex(EXTERNAL_ID, 'a DevEUI, or a device id of The Things Stack')
  .meta({ description: 'What its network server calls it; its own id when absent.', examples: ['70b3d57ed0051a03'] });
const NETWORK_EXAMPLE = {
  application: '17c82e96-0000-4000-8000-000000000002',
  port: 85,
  bytes: { reboot: 'ff10ff', config: 'ff03{interval:u16le}' },
};
const OfNetwork = Network.clone().meta({
  description: 'How it is read and reached through its network server.',
  examples: [NETWORK_EXAMPLE],
});
const CertificateOnly = z
  .boolean()
  .meta({ description: 'True where it has to show a client certificate: a secret is not enough.', examples: [true] });

const silentAfter = () =>
  durationParameter('Silence that is allowed to it, in place of three missed reports: for one that sleeps.', '6h');

/** A device as an operator adds it. */
export const DeviceBody = z
  .strictObject({
    id: DeviceId,
    station: StationId,
    from: instantParameter('Since when it stands there; always when absent.').optional(),
    codec: Codec,
    every: Every,
    fields: Fields.prefault({}).meta(FIELDS_META),
    external_id: ExternalId.optional(),
    network: OfNetwork.optional(),
    certificate_only: CertificateOnly.optional(),
    silent_after: silentAfter().optional(),
    secret: ChosenSecret.optional(),
  })
  .meta(bodyExample(DEVICE_EXAMPLE));
export type DeviceBody = z.infer<typeof DeviceBody>;

/** A known device in an imported list: members that are not given stay. */
export const KnownDeviceBody = z.strictObject({
  ...DeviceBody.shape,
  station: StationId.optional(),
  codec: z.string().optional().meta(CODEC_META),
  every: every().optional(),
  fields: Fields.optional().meta(FIELDS_META),
});
export type KnownDeviceBody = z.infer<typeof KnownDeviceBody>;

/** What is changed of a device; the rest stays. */
export const DevicePatch = z
  .strictObject({
    codec: z.string().optional(),
    every: every().optional(),
    silent_after: silentAfter().nullable().optional(),
    external_id: ExternalId.optional(),
    network: OfNetwork.nullable()
      .optional()
      .meta({
        description: 'In place of what was said of its network server; null takes it away.',
        examples: [NETWORK_EXAMPLE],
      }),
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

/** The only time that a secret is told. */
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
};

/** A device as the registry holds it. */
export const DeviceDocument = z
  .object({
    id: DeviceId,
    codec: z.string(),
    every: z.string(),
    silent_after: z.string().optional(),
    fields: z.record(z.string(), FieldMapping),
    assignments: z.array(z.object({ station: StationId, from: Time })),
    registered_at: Time,
    revoked: z.boolean(),
    external_id: z.string().optional(),
    gateway: z.string().optional(),
    network: Network.optional(),
    certificate_only: z.boolean(),
  })
  .meta({ id: 'Device', examples: [DOCUMENT_EXAMPLE] });

export const DeviceList = z
  .object({ devices: z.array(DeviceDocument) })
  .meta({ examples: [{ devices: [DOCUMENT_EXAMPLE] }] });

export const Revoked = z
  .object({ device: DeviceId, connections: z.int().meta({ description: 'How many of its connections were cut.' }) })
  .meta({ examples: [{ device: 'aq-bukateja-1', connections: 1 }] });

/** A device as it stands in a registry document: with one station, or with all its assignments. */
const AppliedDevice = z.strictObject({
  id: DeviceId,
  station: StationId.optional(),
  assignments: z
    .array(z.strictObject({ station: StationId, from: instantParameter('Since when it stands there.') }))
    .min(1)
    .optional(),
  codec: Codec,
  every: Every,
  fields: Fields.prefault({}).meta(FIELDS_META),
  external_id: ExternalId.optional(),
  network: OfNetwork.optional(),
  certificate_only: CertificateOnly.optional(),
  silent_after: silentAfter().optional(),
});
export type AppliedDevice = z.infer<typeof AppliedDevice>;

/** The registry as a document; without `devices` the devices are left as they are. */
export const RegistryDocument = z
  .strictObject({ stations: z.array(StationBody), devices: z.array(AppliedDevice).optional() })
  .meta(bodyExample({ stations: [STATION_EXAMPLE], devices: [DEVICE_EXAMPLE] }));
export type RegistryDocument = z.infer<typeof RegistryDocument>;

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
        members: z.array(z.string()).meta({ description: 'Which members differ, of what changed.' }),
      }),
    ),
    secrets: z.array(DeviceSecret).meta({ description: 'Of the devices that were added.' }),
  })
  .meta({
    examples: [
      {
        dry_run: false,
        revision: 42,
        changes: [{ what: 'station', id: 'bukateja-1', change: 'changed', members: ['name'] }],
        secrets: [],
      },
    ],
  });
