import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { AlertState } from '#model/alerts/alert.ts';
import type { ChannelHealth } from './notify/channel-health.ts';
import type { NotifyTelemetry } from './notify/deliver.ts';

/** The metrics of the alerter. */
export interface AlertMetrics extends NotifyTelemetry {
  /** Prometheus text, version 0.0.4. */
  text(): Promise<string>;
}

/** Counts that are read at each scrape. */
export interface AlertCounts {
  readonly alerts: () => ReadonlyMap<AlertState, number>;
  readonly channels: () => readonly ChannelHealth[];
  readonly messages: () => readonly {
    readonly channel: string;
    readonly delivery: string;
    readonly messages: number;
  }[];
}

/** Metrics of channels: recipients that are not reached, and messages that wait. */
const watchChannels = (registers: Registry[], { channels, messages }: AlertCounts): void => {
  new Gauge({
    name: 'klawing_notification_recipients_failing',
    help: 'Recipients that the last try has not reached, by channel.',
    labelNames: ['channel'] as const,
    registers,
    collect() {
      this.reset();
      for (const { channel, failing } of channels()) this.set({ channel }, failing.length);
    },
  });
  new Gauge({
    name: 'klawing_notification_messages',
    help: 'Messages still to be sent, by channel: waiting for their turn, or missed and tried again while they are of use.',
    labelNames: ['channel', 'delivery'] as const,
    registers,
    collect() {
      this.reset();
      for (const { channel } of channels()) {
        for (const delivery of ['waiting', 'missed']) this.set({ channel, delivery }, 0);
      }
      for (const { channel, delivery, messages: count } of messages()) this.set({ channel, delivery }, count);
    },
  });
};

export const makeAlertMetrics = (counts: AlertCounts): AlertMetrics => {
  const registry = new Registry();
  const registers = [registry];
  new Gauge({
    name: 'klawing_alerts',
    help: 'Alerts that are not over, by state.',
    labelNames: ['state'] as const,
    registers,
    collect() {
      const known = counts.alerts();
      for (const state of ['pending', 'firing'] as const) this.set({ state }, known.get(state) ?? 0);
    },
  });
  watchChannels(registers, counts);
  const tries = new Counter({
    name: 'klawing_notifications_total',
    help: 'Turns of messages, by channel and what became of them; waiting and missed ones are tried again.',
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
