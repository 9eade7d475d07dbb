import type { z } from 'zod';
import type { AlertSchema, SilenceBody, SilenceSchema } from '#api/alerts/schema.ts';
import type { EntryDocument } from '#api/audit/schema.ts';
import type { CommandBody, CommandDocument, ConfigDocument } from '#api/commands/schema.ts';
import type { RefusalDocument } from '#api/devices/refusals-schema.ts';
import type { ConsoleSettings as ConsoleSettingsSchema } from '#api/console/schema.ts';
import type { Readiness as ReadinessSchema } from '#api/system/schema.ts';
import type {
  LinkDocument,
  ListedPerson,
  PersonBody,
  PersonPatchBody,
  TokenAdded,
  TokenBody,
  TokenDocument,
} from '#api/people/schema.ts';
import type { InvitationDocument, SessionDocument, SessionList } from '#api/session/schema.ts';
import type { PasskeyList } from '#api/session/passkey-schema.ts';
import type { LedgerDocument } from '#api/ledger/schema.ts';
import type { QuarantineDocument, QuarantineList } from '#api/quarantine/schema.ts';
import type { ReadingsAnswer } from '#api/readings/schema.ts';
import type { FaultCode as FaultCodeSchema } from '#model/base/fault.ts';
import type { ShownValue as ShownValueSchema, State as StateSchema } from '#model/registry/state.ts';
import type { DeviceDocument } from '#registry/schema.ts';
import type { DeviceState, LastValue, StationDetail, StationProperty, StationState } from '#api/stations/schema.ts';

/** The documents of the API, as its own schemas describe them. */
export type ConsoleSettings = z.infer<typeof ConsoleSettingsSchema>;
export type Station = z.infer<typeof StationState>;
export type Detail = z.infer<typeof StationDetail>;
export type Property = z.infer<typeof StationProperty>;
export type Level = Property['levels'][number];
export type Device = z.infer<typeof DeviceState>;
export type RegisteredDevice = z.infer<typeof DeviceDocument>;
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
export type Refusal = z.infer<typeof RefusalDocument>;
export type Readiness = z.infer<typeof ReadinessSchema>;
export type FaultCode = FaultCodeSchema;
export type SessionInfo = z.infer<typeof SessionDocument>;
export type BrowserSession = z.infer<typeof SessionList>['sessions'][number];
export type PasskeyLine = z.infer<typeof PasskeyList>['passkeys'][number];
export type InvitationInfo = z.infer<typeof InvitationDocument>;
export type OneTimeLink = z.infer<typeof LinkDocument>;
export type PersonRow = z.infer<typeof ListedPerson>;
export type PersonRole = NonNullable<PersonRow['role']>;
export type PersonAddition = z.input<typeof PersonBody>;
export type PersonChange = z.input<typeof PersonPatchBody>;
export type ProgramToken = z.infer<typeof TokenDocument>;
export type NewToken = z.input<typeof TokenBody>;
export type IssuedToken = z.infer<typeof TokenAdded>;
export type AuditLine = z.infer<typeof EntryDocument>;
