import type { Text } from '#model/readings/family.ts';

/** Where alerts about the system as a whole belong: no station is called so. */
export const SYSTEM = 'klawing';
/** The family of alerts whose evidence is no reading. */
export const SYSTEM_FAMILY = 'system';

/** Something that is wrong with the system itself at this moment: with a device, a gateway, or the service. */
export interface SystemProblem {
  /** Id of a system rule. */
  readonly rule: string;
  /** Station of the device; `SYSTEM` for the service. */
  readonly station: string;
  /** Device, gateway or channel; empty for the service. */
  readonly device: string;
  /** Its value, in the unit of the rule. */
  readonly value: number;
  /** Cause, and what to do. */
  readonly detail: Text;
}
