import type { DataFolder } from '#runtime/data-folder.ts';
import type { Settings } from '#cli/settings.ts';
import type { Clock } from '#model/base/clock.ts';
import type { Inspection } from '#journal/read/inspect.ts';
import type { DatabaseInspection } from '#storage/operations/sqlite/inspect.ts';

/** `skipped`: the check cannot run now, and the message says why. */
export type CheckState = 'ok' | 'warning' | 'failed' | 'skipped';

/** Result of one check. */
export interface CheckFinding {
  readonly check: string;
  readonly state: CheckState;
  /** The finding. */
  readonly found: string;
  /** Advice; absent when nothing is to be done. */
  readonly todo?: string;
}

/** Answer of the running service to `/readyz`, and a figure of its `/metrics`. */
export interface Running {
  /** Connections with an unsupported MQTT version since the start of the broker; undefined while it is unreachable. */
  readonly refusedLevels: number | undefined;
  readonly dependencies: readonly {
    readonly name: string;
    readonly ready: boolean;
    readonly code?: string | undefined;
    readonly detail?: string | undefined;
  }[];
}

/** Settings, files and services for the checks. */
export interface CheckContext {
  readonly settings: Settings;
  readonly folder: DataFolder;
  readonly clock: Clock;
  /** Undefined when nothing runs on these settings. */
  readonly running: Running | undefined;
  /** Undefined when there is no journal yet, or it could not be read. */
  readonly journal: Inspection | undefined;
  /** Undefined when there is no operations database yet, or it could not be read. */
  readonly database: DatabaseInspection | undefined;
}

export type DoctorCheck = (context: CheckContext) => readonly CheckFinding[] | Promise<readonly CheckFinding[]>;

export const ok = (check: string, found: string): CheckFinding => ({ check, state: 'ok', found });
export const skipped = (check: string, found: string): CheckFinding => ({ check, state: 'skipped', found });
export const warning = (check: string, found: string, todo: string): CheckFinding => ({
  check,
  state: 'warning',
  found,
  todo,
});
export const failed = (check: string, found: string, todo: string): CheckFinding => ({
  check,
  state: 'failed',
  found,
  todo,
});
