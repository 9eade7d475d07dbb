import type { Device } from '#model/registry/device.ts';
import type { Station } from '#model/registry/station.ts';
import type { Basin } from './signals/river.ts';

/** A fleet on paper: what to register before its devices may connect. */
export interface Roster {
  readonly stations: readonly Station[];
  readonly devices: readonly Device[];
  /** Catchments of the river gauges, by station. */
  readonly basins: ReadonlyMap<string, Basin>;
}
