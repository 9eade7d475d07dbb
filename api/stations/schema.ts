import { z } from 'zod';
import { SEVERITIES } from '#model/readings/family.ts';
import { SILENCE_CAUSES } from '#model/registry/silence.ts';
import { PRESENCE_STATES } from '#storage/operations/alerting.ts';
import { Time } from '#model/base/document.ts';
import { FamilyName, FlagNumber, PropertyName, TimedByName } from '#model/parameters.ts';
import { DeviceId, StationId } from '#model/registry/names.ts';

const Text = z.object({ id: z.string(), en: z.string() });

const LAST_EXAMPLE = {
  device: 'aq-bukateja-1',
  property: 'pm2_5',
  title: { id: 'PM2,5', en: 'PM2.5' },
  value: 38.5,
  decimals: 1,
  unit: 'ug/m3',
  unit_text: 'µg/m³',
  flag: 1 as const,
  observed_at: '2026-11-24T03:00:00.000Z',
  received_at: '2026-11-24T03:00:00.412Z',
  timed_by: 'device' as const,
  age_seconds: 21,
};

/** The newest value of one property at a station. */
export const LastValue = z
  .object({
    device: DeviceId,
    property: PropertyName,
    title: Text,
    value: z.number(),
    decimals: z.int().meta({ description: 'Decimals that the sensor resolves.' }),
    unit: z.string().meta({ description: 'UCUM code.' }),
    unit_text: z.string(),
    flag: FlagNumber,
    observed_at: Time,
    received_at: Time,
    timed_by: TimedByName,
    age_seconds: z.number().meta({ description: 'Seconds since it was observed.' }),
  })
  .meta({ id: 'LastValue', examples: [LAST_EXAMPLE] });

const DEVICE_EXAMPLE = {
  id: 'aq-bukateja-1',
  every: '1m',
  revoked: false,
  presence: 'online' as const,
  presence_since: '2026-11-23T22:14:09.000Z',
  last_seen: '2026-11-24T03:00:00.412Z',
  silence_limit_seconds: 210,
  silent: false,
  clock_skew_seconds: 0,
  clock_wrong: false,
};

/** Presence, silence and last sign of life: three things that can disagree. */
export const DeviceState = z
  .object({
    id: DeviceId,
    every: z.string().meta({ description: 'Expected reporting interval.' }),
    revoked: z.boolean(),
    presence: z.enum(PRESENCE_STATES).meta({ description: 'Its connection, by birth and will.' }),
    presence_since: Time.optional(),
    last_seen: Time.optional().meta({ description: 'Arrival of its last packet; absent if it never sent one.' }),
    silence_limit_seconds: z.number().meta({
      description: 'Permitted silence: three reporting intervals and the grace, or the limit of its registration.',
    }),
    silent: z.boolean().meta({ description: 'True when nothing has arrived for longer than the limit.' }),
    silent_since: Time.optional(),
    silent_cause: z
      .enum(SILENCE_CAUSES)
      .optional()
      .meta({ description: 'Cause of the silence, by its connection and that of its gateway.' }),
    gateway: z.string().optional().meta({ description: 'Its gateway.' }),
    clock_skew_seconds: z.int().optional().meta({
      description:
        'Seconds by which its clock is ahead of this machine, by its fastest packets; absent without enough packets.',
    }),
    clock_wrong: z.boolean().meta({
      description: 'True when its clock is off by more than a transport delay, or when its times are refused.',
    }),
    mqtt_refused_level: z
      .int()
      .optional()
      .meta({
        description:
          'Protocol level of an unsupported MQTT version that it, or its gateway, asks for: 5 is MQTT 5. Absent once it ' +
          'connects with a supported version.',
      }),
    health: z
      .array(LastValue)
      .optional()
      .meta({ description: 'Its newest housekeeping values, such as battery and signal; absent without any.' }),
  })
  .meta({ id: 'DeviceState', examples: [DEVICE_EXAMPLE] });

const STATION_EXAMPLE = {
  id: 'bukateja-1',
  family: 'air',
  family_title: { id: 'Kualitas udara', en: 'Air quality' },
  name: 'Bukateja, balai desa',
  lat: -7.4283,
  lon: 109.4299,
  attributes: {},
  headline: 'pm2_5',
  silent: false,
  devices: [DEVICE_EXAMPLE],
  last: [LAST_EXAMPLE],
};

/** A station with what its devices last said. */
export const StationState = z
  .object({
    id: StationId,
    family: FamilyName,
    family_title: Text,
    name: z.string(),
    lat: z.number(),
    lon: z.number(),
    attributes: z.record(z.string(), z.union([z.number(), z.string()])),
    headline: PropertyName.meta({ description: 'Main property of the station.' }),
    silent: z.boolean().meta({ description: 'True when all expected devices of the station are silent.' }),
    silent_since: Time.optional(),
    devices: z.array(DeviceState),
    last: z.array(LastValue),
  })
  .meta({ id: 'StationState', examples: [STATION_EXAMPLE] });
export type StationState = z.infer<typeof StationState>;

const PROPERTY_EXAMPLE = {
  property: 'pm2_5',
  title: { id: 'PM2,5', en: 'PM2.5' },
  unit: 'ug/m3',
  unit_text: 'µg/m³',
  decimals: 1,
  fn: 'mean' as const,
  levels: [
    {
      name: 'pm2_5-unhealthy',
      title: { id: 'PM2,5 tidak sehat', en: 'PM2.5 unhealthy' },
      severity: 'moderate' as const,
      direction: 'above' as const,
      value: 55.4,
    },
  ],
};

/** Properties of a station, measured yet or not, and the levels that its family watches. */
export const StationProperty = z
  .object({
    property: PropertyName,
    title: Text,
    unit: z.string().meta({ description: 'UCUM code.' }),
    unit_text: z.string(),
    decimals: z.int(),
    fn: z.enum(['mean', 'sum']).meta({ description: 'Aggregate of the property: amounts are summed.' }),
    levels: z.array(
      z.object({
        name: z.string(),
        title: Text,
        severity: z.enum(SEVERITIES),
        direction: z.enum(['above', 'below']),
        value: z.number(),
      }),
    ),
  })
  .meta({ id: 'StationProperty', examples: [PROPERTY_EXAMPLE] });

/** One station with everything that is known about it. */
export const StationDetail = StationState.extend({ properties: z.array(StationProperty) }).meta({
  id: 'StationDetail',
  examples: [{ ...STATION_EXAMPLE, properties: [PROPERTY_EXAMPLE] }],
});

export const StationList = z.object({ stations: z.array(StationState) }).meta({
  examples: [{ stations: [STATION_EXAMPLE] }],
});

export const LatestList = z
  .object({ values: z.array(LastValue.extend({ station: StationId, family: FamilyName })) })
  .meta({ examples: [{ values: [{ ...LAST_EXAMPLE, station: 'bukateja-1', family: 'air' }] }] });
