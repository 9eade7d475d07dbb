import { z } from 'zod';
import { FIELD_OUTCOMES } from '#ingest/explain.ts';
import { documentOf } from '#model/base/document.ts';
import { FlagNumber, instantParameter, ReplayProfiles } from '#model/parameters.ts';
import { DeviceId } from '#model/registry/names.ts';
import { Profile } from '#model/registry/profile.ts';

/** The longest payload, as text. */
const LONGEST = 2 ** 20;

const exactlyOne = (...given: readonly unknown[]): boolean => given.filter((one) => one !== undefined).length === 1;

export const DecodeRequest = z
  .strictObject({
    device: DeviceId.optional().meta({ description: 'Device that would send it.', examples: ['pbg-a03'] }),
    profile: z
      .string()
      .optional()
      .meta({ description: 'In place of a device: a profile that is tried.', examples: ['airrohr-sds011-bme280'] }),
    topic: z
      .string()
      .min(1)
      .max(256)
      .prefault('readings')
      .meta({ description: 'Below v1/<device>/, or the whole topic of a network server.', examples: ['tele/SENSOR'] }),
    payload: z.string().max(LONGEST).optional().meta({ description: 'The payload as text.' }),
    payload_base64: z.base64().max(LONGEST).optional().meta({ description: 'The payload, where it is no text.' }),
    received_at: instantParameter('Time of its arrival; now when absent.').optional(),
    profiles: ReplayProfiles,
  })
  .refine(({ device, profile }) => exactlyOne(device, profile), { error: 'give either "device" or "profile"' })
  .refine((given) => exactlyOne(given.payload, given.payload_base64), {
    error: 'give either "payload" or "payload_base64"',
  })
  .meta({ example: { device: 'pbg-a03', payload: '{"time":"2026-11-24T03:00:00Z","pm2_5":38.5}' } });

const BothLanguages = z.object({ id: z.string(), en: z.string() });

const DecodedField = z.object({
  field: z.string().meta({ description: 'Name in the payload; of a nested member the names of its way.' }),
  place: z.string().meta({ description: 'JSON Pointer.' }),
  given: z.number().nullable(),
  outcome: z.enum(FIELD_OUTCOMES),
  explanation: BothLanguages,
  property: z.string().nullable(),
  value: z.number().nullable().meta({ description: 'In the unit of the property.' }),
  unit: z.string().nullable(),
  range: z.array(z.number()).nullable().meta({ description: 'Limits of the sensor: outside is FAIL.' }),
  flag: FlagNumber.nullable(),
  station: z.string().nullable(),
  observed_at: z.string().nullable(),
});

const EXAMPLE = {
  device: 'pbg-a03',
  topic: 'v1/pbg-a03/readings',
  received_at: '2026-11-24T03:00:30.000Z',
  codec: 'json',
  codec_version: 3,
  profile: null,
  ignored: [],
  messages: [
    {
      place: '',
      time: '2026-11-24T03:00:00.000Z',
      id: null,
      fields: [
        {
          field: 'pm2_5',
          place: '/pm2_5',
          given: 38.5,
          outcome: 'stored' as const,
          explanation: { id: 'akan disimpan', en: 'would be stored' },
          property: 'pm2_5',
          value: 38.5,
          unit: 'ug/m3',
          range: [0, 1_000],
          flag: 1 as const,
          station: 'PBG-A03',
          observed_at: '2026-11-24T03:00:00.000Z',
        },
      ],
    },
  ],
  refused: [],
  readings: 1,
};

/** A payload as each step of the pipeline reads it. */
export const Decoded = z
  .object({
    device: z.string(),
    topic: z.string(),
    received_at: z.string(),
    codec: z.string(),
    codec_version: z.int().meta({ description: '0 where there is no such codec.' }),
    profile: z.object({ id: z.string(), version: z.string() }).nullable(),
    ignored: z.array(z.string()).meta({ description: 'Fields that are not wanted, and leave no trace.' }),
    messages: z.array(
      z.object({
        place: z.string(),
        time: z.string().nullable().meta({ description: 'Time that the device gave; null: the arrival counts.' }),
        id: z.string().nullable(),
        fields: z.array(DecodedField),
      }),
    ),
    refused: z.array(
      z.object({
        place: z.string(),
        code: z.string(),
        title: BothLanguages,
        detail: z.string(),
        readings: z.int().meta({ description: 'Readings that are lost with it.' }),
      }),
    ),
    readings: z.int().meta({ description: 'Readings that would be stored.' }),
  })
  .meta({ id: 'Decoded', examples: [EXAMPLE] });
export type Decoded = z.infer<typeof Decoded>;

const PROFILE_EXAMPLE = {
  id: 'box',
  version: '2026-11-30',
  title: { id: 'Kotak', en: 'Box' },
  families: ['air'],
  decimal_comma: false,
  fields: { 'dust.fine': { property: 'pm2_5' } },
};

const ProfileDocument = documentOf(Profile).meta({ id: 'Profile', examples: [PROFILE_EXAMPLE] });

export const ProfileList = z
  .object({
    profiles: z.array(
      z.object({
        profile: ProfileDocument,
        versions: z.array(z.string()).meta({ description: 'All dates, the oldest first.' }),
        devices: z.int().meta({ description: 'Devices that have it.' }),
      }),
    ),
  })
  .meta({
    examples: [
      {
        profiles: [
          {
            profile: PROFILE_EXAMPLE,
            versions: ['2026-11-30'],
            devices: 3,
          },
        ],
      },
    ],
  });
