import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { AlertState } from '#model/alert.ts';
import type { NotifyTelemetry } from './notify/deliver.ts';

/** The alerter's own figures. */
export interface AlertTelemetry extends NotifyTelemetry {
  /** Prometheus text, version 0.0.4. */
  text(): Promise<string>;
}

/** @param counts how many alerts are in which state, asked whenever the figures are */
export const makeAlertTelemetry = (counts: () => ReadonlyMap<AlertState, number>): AlertTelemetry => {
  const registry = new Registry();
  const registers = [registry];
  new Gauge({
    name: 'klawing_alerts',
    help: 'Alerts that are not over, by state.',
    labelNames: ['state'] as const,
    registers,
    collect() {
      const known = counts();
      for (const state of ['pending', 'firing'] as const) this.set({ state }, known.get(state) ?? 0);
    },
  });
  const tries = new Counter({
    name: 'klawing_notifications_total',
    help: 'Tries at messages, by channel and what became of them; waiting ones are tried again.',
    labelNames: ['channel', 'outcome'] as const,
    registers,
  });
  const seconds = new Histogram({
    name: 'klawing_notification_seconds',
    help: 'Time from the arrival of a reading until the message it caused is handed to its channel.',
    labelNames: ['channel'] as const,
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 600],
    registers,
  });
  return {
    handed: (channel, after) => seconds.observe({ channel }, after.ms / 1_000),
    tried: (channel, outcome) => tries.inc({ channel, outcome }),
    text: () => registry.metrics(),
  };
};
