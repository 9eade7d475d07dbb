import { z } from 'zod';
import { TimedByName } from '#model/parameters.ts';
import { SILENCE_CAUSES } from './silence.ts';

const Words = z.object({ id: z.string(), en: z.string() }).meta({ examples: [{ id: 'Siaga', en: 'Siaga' }] });

const Moment = z.string().meta({ format: 'date-time', examples: ['2026-11-24T03:00:00.000Z'] });

const Flag = z
  .union([z.literal(1), z.literal(2), z.literal(3), z.literal(4), z.literal(9)])
  .meta({ description: 'QARTOD quality flag.' });

export const ASSURANCES = ['valid', 'doubtful', 'stale', 'unknown'] as const;
/**
 * Reliability of a hazard or a value. `doubtful`: its value is SUSPECT, or a newer one failed its checks.
 * `stale`: it is older than its device may be silent. `unknown`: there is no valid value.
 */
export type Assurance = (typeof ASSURANCES)[number];

export const SYSTEM_STATES = ['in-order', 'store-away', 'offline', 'silent'] as const;
/** Whether data come in and are stored, from the least to the most serious. It says nothing about a hazard. */
export type SystemState = (typeof SYSTEM_STATES)[number];

export const UNKNOWN_REASONS = ['no-device', 'no-value', 'no-valid-value', 'no-level', 'no-category'] as const;
/**
 * Why a hazard is unknown: no device is there; nothing was measured; nothing valid was; the station has no levels; a
 * single value gives no category, as in air, where that takes a complete mean of 24 h.
 */
export type UnknownReason = (typeof UNKNOWN_REASONS)[number];

const HAZARD_EXAMPLE = {
  name: 'river',
  level: 'siaga',
  rank: 2 as const,
  word: { id: 'Siaga', en: 'Siaga' },
  reason: null,
  device: 'pbg-r03',
};

/** The level that the newest valid value has crossed. */
export const HazardState = z
  .object({
    name: z.string().nullable().meta({ description: 'Kind of hazard; null without one.' }),
    level: z
      .string()
      .meta({ description: 'Name of the crossed level, or of the ISPU category; `normal`, or `unknown`.' }),
    rank: z
      .union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)])
      .nullable()
      .meta({ description: '0 (normal) to 3 (most severe); null if it is unknown. Unknown is not normal.' }),
    word: Words.meta({ description: 'Title of the level.' }),
    reason: z.enum(UNKNOWN_REASONS).nullable().meta({ description: 'Reason why it is unknown; null if it is known.' }),
    device: z.string().nullable().meta({ description: 'Device of the decisive value.' }),
  })
  .meta({ id: 'HazardState', examples: [HAZARD_EXAMPLE] });
export type HazardState = z.infer<typeof HazardState>;

const VALUE_EXAMPLE = {
  device: 'pbg-r03',
  property: 'stage',
  title: { id: 'Tinggi muka air', en: 'Stage' },
  unit: 'm',
  unit_text: 'm',
  decimals: 3,
  value: null,
  reason: 'failed' as const,
  flag: 4 as const,
  observed_at: '2026-11-24T03:00:00.000Z',
  received_at: '2026-11-24T03:00:00.412Z',
  timed_by: 'device' as const,
  last_valid: { value: 3.62, flag: 1 as const, observed_at: '2026-11-24T02:55:00.000Z' },
  assurance: 'doubtful' as const,
};

/** The newest value of one property of one device. One that is not valid is not shown: there is a reason in its place. */
export const ShownValue = z
  .object({
    device: z.string(),
    property: z.string(),
    title: Words,
    unit: z.string().meta({ description: 'UCUM code.' }),
    unit_text: z.string(),
    decimals: z.int(),
    value: z.number().nullable().meta({ description: 'Null if the newest value is not valid.' }),
    reason: z.enum(['failed', 'missing']).nullable().meta({ description: 'Reason for the missing value.' }),
    flag: Flag,
    observed_at: Moment,
    received_at: Moment,
    timed_by: TimedByName,
    last_valid: z
      .object({ value: z.number(), flag: Flag, observed_at: Moment })
      .nullable()
      .meta({ description: 'The newest valid value, if the newest value is not valid.' }),
    assurance: z.enum(ASSURANCES),
  })
  .meta({ id: 'ShownValue', examples: [VALUE_EXAMPLE] });
export type ShownValue = z.infer<typeof ShownValue>;

const DEVICE_EXAMPLE = {
  device: 'pbg-r03',
  hazard: HAZARD_EXAMPLE,
  assurance: 'doubtful' as const,
  system: { state: 'in-order' as const, since: null, cause: null },
  value: VALUE_EXAMPLE,
  values: [VALUE_EXAMPLE],
};

/** The state of one device of a station; of a bin where each device watches its own. */
export const DeviceStanding = z
  .object({
    device: z.string(),
    hazard: HazardState,
    assurance: z.enum(ASSURANCES),
    system: z.object({
      state: z.enum(SYSTEM_STATES),
      since: Moment.nullable(),
      cause: z.enum(SILENCE_CAUSES).nullable().meta({ description: 'Cause of the silence.' }),
    }),
    value: ShownValue.nullable().meta({ description: 'Main value of the device.' }),
    values: z.array(ShownValue).meta({ description: 'Measured properties, without housekeeping values.' }),
  })
  .meta({ id: 'DeviceStanding', examples: [DEVICE_EXAMPLE] });
export type DeviceStanding = z.infer<typeof DeviceStanding>;

const STATE_EXAMPLE = {
  station: 'PBG-R03',
  name: 'Klawing – Bancar bridge',
  family: 'river',
  at: '2026-11-24T03:00:21.000Z',
  hazard: HAZARD_EXAMPLE,
  assurance: 'doubtful' as const,
  system: { state: 'in-order' as const, devices: 1, of: 1 },
  value: VALUE_EXAMPLE,
  devices: [DEVICE_EXAMPLE],
};

/**
 * The state of a station. It follows the values, not the alerts: it is the same while an alert waits for its hold and after
 * one has ended. Hazard, assurance and system are three things that can differ.
 */
export const State = z
  .object({
    station: z.string(),
    name: z.string(),
    family: z.string(),
    at: Moment.meta({ description: 'Time of the computation.' }),
    hazard: HazardState.meta({ description: 'The worst of its devices; unknown is worse than normal.' }),
    assurance: z.enum(ASSURANCES),
    system: z.object({
      state: z.enum(SYSTEM_STATES).meta({ description: 'The most serious of its devices.' }),
      devices: z.int().meta({ description: 'Number of devices in this state.' }),
      of: z.int().meta({ description: 'Number of expected devices.' }),
    }),
    value: ShownValue.nullable().meta({ description: 'Main value of the station: the worst valid one.' }),
    devices: z.array(DeviceStanding),
  })
  .meta({ id: 'State', examples: [STATE_EXAMPLE] });
export type State = z.infer<typeof State>;

/** Every station at one moment. */
export const StateList = z
  .object({ at: Moment, stations: z.array(State) })
  .meta({ examples: [{ at: STATE_EXAMPLE.at, stations: [STATE_EXAMPLE] }] });

/**
 * The state of a station as the retained message of its topic: without the list of all measured properties, so that a board
 * with little memory can hold it.
 */
export const StateMessage = State.extend({ devices: z.array(DeviceStanding.omit({ values: true })) });
export type StateMessage = z.infer<typeof StateMessage>;
