import type { Clock, Timer } from '#model/base/clock.ts';
import type { OutgoingObservation } from '#model/readings/codec.ts';
import { json } from '#model/codecs/json.ts';
import type { Duration } from '#model/base/duration.ts';
import { type UplinkBatch, createBuffer } from './buffer.ts';
import type { MqttConnection } from './mqtt-connection.ts';

export interface UplinkSettings {
  /** Most reports held; then the oldest is given up. */
  readonly capacity: number;
  /** Most reports in one packet. */
  readonly batch: number;
  /** Most packets on their way. */
  readonly window: number;
  /** Time that the oldest packet on its way waits for its acknowledgement before the connection is closed. */
  readonly ackTimeout: Duration;
}

/** Keeps a device's reports until they are acknowledged, and sends them in order over the connection of the moment. */
export interface UplinkSender {
  keep(report: OutgoingObservation): void;
  onConnected(link: MqttConnection): void;
  onDisconnected(): void;
  /** Resolves when nothing is held any more, when the connection is lost, or when the signal is raised. */
  idle(signal: AbortSignal): Promise<void>;
  readonly buffered: number;
  readonly acknowledged: number;
  readonly dropped: number;
  /** Reports given to a connection, those sent again counted again. */
  readonly published: number;
}

// oxlint-disable-next-line max-lines-per-function -- one state machine, whose functions share its variables
export const createUplinkSender = (settings: UplinkSettings, clock: Clock): UplinkSender => {
  const buffer = createBuffer<OutgoingObservation>(settings.capacity);
  let connection: MqttConnection | undefined;
  let published = 0;
  let deadline: Timer | undefined;
  let onIdle: (() => void) | undefined;

  const restartDeadline = (): void => {
    deadline?.stop();
    deadline = buffer.inFlight === 0 ? undefined : clock.after(settings.ackTimeout, () => connection?.cut());
  };
  const send = async (by: MqttConnection, batch: UplinkBatch<OutgoingObservation>): Promise<void> => {
    published += batch.items.length;
    const isAcknowledged = await by.publish(json.encode(batch.items));
    if (!isAcknowledged || by !== connection) return;
    if (buffer.acknowledge(batch)) restartDeadline();
    pump();
  };
  const pump = (): void => {
    while (connection !== undefined && buffer.inFlight < settings.window) {
      const batch = buffer.take(settings.batch);
      if (batch === undefined) break;
      void send(connection, batch);
      if (buffer.inFlight === 1) restartDeadline();
    }
    if (buffer.size === 0) onIdle?.();
  };

  return {
    keep(report) {
      buffer.push(report);
      pump();
    },
    onConnected(opened) {
      connection = opened;
      pump();
    },
    onDisconnected() {
      connection = undefined;
      deadline?.stop();
      buffer.release();
      onIdle?.();
    },
    idle: (signal) =>
      new Promise((resolve) => {
        if (connection === undefined || buffer.size === 0 || signal.aborted) resolve();
        onIdle = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      }),
    get buffered() {
      return buffer.size;
    },
    get acknowledged() {
      return buffer.acknowledged;
    },
    get dropped() {
      return buffer.dropped;
    },
    get published() {
      return published;
    },
  };
};
