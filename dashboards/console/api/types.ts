import type { z } from 'zod';
import type { AlertSchema, SilenceBody, SilenceSchema } from '#ingest/api/schemas/alerts.ts';
import type { CommandBody, CommandDocument, ConfigDocument } from '#ingest/api/schemas/commands.ts';
import type { ConsoleSettings as ConsoleSettingsSchema } from '#ingest/api/schemas/console.ts';
import type { Readiness as ReadinessSchema } from '#ingest/api/schemas/health.ts';
import type { LedgerDocument } from '#ingest/api/schemas/ledger.ts';
import type { QuarantineDocument, QuarantineList } from '#ingest/api/schemas/quarantine.ts';
import type { ReadingsAnswer } from '#ingest/api/schemas/readings.ts';
import type { ShownValue as ShownValueSchema, State as StateSchema } from '#model/state.ts';
import type {
  DeviceState,
  LastValue,
  StationDetail,
  StationProperty,
  StationState,
} from '#ingest/api/schemas/station.ts';

/** The documents of the API, as its own schemas describe them. */
export type ConsoleSettings = z.infer<typeof ConsoleSettingsSchema>;
export type Station = z.infer<typeof StationState>;
export type Detail = z.infer<typeof StationDetail>;
export type Property = z.infer<typeof StationProperty>;
export type Level = Property['levels'][number];
export type Device = z.infer<typeof DeviceState>;
export type Value = z.infer<typeof LastValue>;
export type State = z.infer<typeof StateSchema>;
export type ShownValue = z.infer<typeof ShownValueSchema>;
export type Flag = Value['flag'];
export type Ledger = z.infer<typeof LedgerDocument>;
export type QuarantinedPacket = z.infer<typeof QuarantineList>['packets'][number];
export type QuarantinedDetail = z.infer<typeof QuarantineDocument>;
export type Alert = z.infer<typeof AlertSchema>;
type Readings = z.infer<typeof ReadingsAnswer>;
export type ReadingsDocument = Extract<Readings, { readings: unknown }>;
export type WindowsDocument = Extract<Readings, { windows: unknown }>;
export type Silence = z.infer<typeof SilenceSchema>;
export type NewSilence = z.input<typeof SilenceBody>;
export type DeviceCommand = z.infer<typeof CommandDocument>;
export type NewCommand = z.input<typeof CommandBody>;
export type DeviceConfig = z.infer<typeof ConfigDocument>;
export type ConfigContent = DeviceConfig['config'];
export type Readiness = z.infer<typeof ReadinessSchema>;
