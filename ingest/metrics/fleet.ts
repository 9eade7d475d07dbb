import { Gauge, type Registry } from 'prom-client';
import type { PresenceState } from '#storage/operations/alerting.ts';
import type { Instant } from '#model/base/instant.ts';
import type { SilenceCause } from '#model/registry/silence.ts';

/** The condition of the devices at one moment. */
export interface FleetCounts {
  /** Devices that are expected, by presence. */
  readonly presence: Readonly<Record<PresenceState, number>>;
  /** Silent ones by cause; undefined while nothing can be said of devices, and what was said before stays. */
  readonly silent: Readonly<Record<SilenceCause, number>> | undefined;
  readonly wrongClocks: number;
  /** Arrival of the newest packet of any device; undefined before the first. */
  readonly newestAt: Instant | undefined;
}

/** Figures of presence, silence and age. Those of one device are in the API and on the boards: labels have to be few. */
export interface FleetFigures {
  probed(counts: FleetCounts): void;
}

export const fleetFigures = (registry: Registry): FleetFigures => {
  const registers = [registry];
  const devices = new Gauge({
    name: 'klawing_ingest_devices',
    help: 'Devices that are expected, by presence.',
    labelNames: ['presence'] as const,
    registers,
  });
  const silent = new Gauge({
    name: 'klawing_ingest_devices_silent',
    help: 'Devices that are expected and were not heard, by cause.',
    labelNames: ['cause'] as const,
    registers,
  });
  const clocks = new Gauge({
    name: 'klawing_ingest_clocks_wrong',
    help: 'Devices whose clock cannot be right.',
    registers,
  });
  const newest = new Gauge({
    name: 'klawing_ingest_newest_packet_time_seconds',
    help: 'When the newest packet of any device arrived; 0 before the first.',
    registers,
  });
  return {
    probed: ({ presence, silent: causes, wrongClocks, newestAt = 0 }) => {
      for (const [state, count] of Object.entries(presence)) devices.set({ presence: state }, count);
      for (const [cause, count] of Object.entries(causes ?? {})) silent.set({ cause }, count);
      clocks.set(wrongClocks);
      newest.set(newestAt / 1_000);
    },
  };
};
