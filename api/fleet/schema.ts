import { z } from 'zod';
import { Time } from '#model/base/document.ts';
import { FamilyName } from '#model/parameters.ts';
import { DeviceId, StationId } from '#model/registry/names.ts';
import { DeviceState } from '#api/stations/schema.ts';

const EXAMPLE = {
  id: 'aq-bukateja-1',
  station: 'bukateja-1',
  station_name: 'Bukateja, balai desa',
  family: 'air',
  every: '1m',
  silence_limit_seconds: 210,
  revoked: false,
  presence: 'offline' as const,
  presence_since: '2026-11-24T02:14:09.000Z',
  last_seen: '2026-11-24T02:14:00.412Z',
  silent: true,
  silent_since: '2026-11-24T02:17:30.412Z',
  silent_cause: 'device-offline' as const,
  last_value_at: '2026-11-24T02:14:00.000Z',
  age_seconds: 2_760,
  battery_voltage: 3.52,
  rssi: -101,
  clock_skew_seconds: 0,
  clock_wrong: false,
};

/** Condition of one device. */
export const FleetDevice = DeviceState.omit({ health: true })
  .extend({
    station: StationId.nullable().meta({ description: 'Its present station; null without one.' }),
    station_name: z.string().nullable(),
    family: FamilyName.nullable(),
    silent_after: z.string().optional().meta({ description: 'Permitted silence.' }),
    last_value_at: Time.optional().meta({ description: 'Observation time of its newest value.' }),
    age_seconds: z.number().optional().meta({ description: 'Seconds since that time.' }),
    battery_voltage: z.number().optional().meta({ description: 'V' }),
    battery_level: z.number().optional().meta({ description: '%' }),
    rssi: z.number().optional().meta({ description: 'dBm' }),
    snr: z.number().optional().meta({ description: 'dB' }),
  })
  .meta({ id: 'FleetDevice', examples: [EXAMPLE] });
export type FleetDevice = z.infer<typeof FleetDevice>;

export const FLEET_ORDERS = ['device', 'station', 'silence', 'last_seen', 'battery', 'signal'] as const;
export type FleetOrder = (typeof FLEET_ORDERS)[number];

export const FleetParameters = z.strictObject({
  silent: z
    .enum(['true', 'false'], { error: 'true or false' })
    .optional()
    .meta({ description: '`true`: silent devices only; `false`: the others only.', examples: ['true'] }),
  station: StationId.optional(),
  family: FamilyName.optional(),
  sort: z
    .enum(FLEET_ORDERS)
    .prefault('device')
    .meta({
      description:
        'The troubled first: longest silent, longest not seen, weakest; batteries by level, then those that tell volts alone.',
      examples: ['silence'],
    }),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .prefault(200)
    .meta({ examples: [200] }),
  after: DeviceId.optional().meta({ description: 'The last device of the page before.' }),
});
export type FleetParameters = z.infer<typeof FleetParameters>;

export const FleetList = z
  .object({
    devices: z.array(FleetDevice),
    total: z.int().meta({ description: 'Number of devices that pass the filters.' }),
    silent: z.int().meta({ description: 'Number of silent devices among them.' }),
    next: DeviceId.nullable().meta({ description: 'Value of "after" for the next page; null on the last page.' }),
  })
  .meta({ examples: [{ devices: [EXAMPLE], total: 1, silent: 1, next: null }] });
