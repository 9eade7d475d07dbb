import type { Gateway } from './gateway.ts';
import type { Device, Station } from './station.ts';

/** Everything that is registered, as of one revision. Immutable: a change makes a new one. */
export interface Registry {
  /** Grows by one with every change. */
  readonly revision: number;
  readonly stations: ReadonlyMap<string, Station>;
  readonly devices: ReadonlyMap<string, Device>;
  readonly gateways: ReadonlyMap<string, Gateway>;
}
