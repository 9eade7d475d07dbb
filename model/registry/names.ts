import { z } from 'zod';

/** Names of stations, in topics, tags and addresses. */
export const STATION_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

/** Names of devices: MQTT user names. `alerts` and `stations` are topics, `operator` is a user. */
export const DEVICE_ID = /^(?!(?:alerts|stations|operator)$)[a-z0-9][a-z0-9-]{0,62}$/;

export const StationId = z
  .string()
  .regex(STATION_ID, 'a station is named with letters, digits, "-" and "_", at most 63 of them')
  .meta({ examples: ['bukateja-1'] });

export const DeviceId = z
  .string()
  .regex(
    DEVICE_ID,
    'a device is named with small letters, digits and "-", at most 63 of them, and not "alerts" or "stations"',
  )
  .meta({ examples: ['aq-bukateja-1'] });

export const RuleId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, 'a rule is named with letters, digits, "-" and "_", at most 63 of them')
  .meta({ examples: ['waspada'] });
