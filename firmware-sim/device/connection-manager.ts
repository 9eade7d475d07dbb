import type { Log } from '#model/base/log.ts';
import { type MqttConnection, type MqttConnectionOptions, openMqttConnection } from './mqtt-connection.ts';

/** The connections of a device, one after another. */
export interface ConnectionManager {
  readonly isUp: boolean;
  /** Connections tried. */
  readonly attempts: number;
  /** One connection, from its first attempt to its end; none while the device has no network. */
  once(): Promise<void>;
  /** Ends the connection without a DISCONNECT, where there is one. */
  cut(): void;
  /** Says `offline` and disconnects where there is a connection, unless the signal was raised. */
  close(signal: AbortSignal): Promise<void>;
}

export interface ConnectionManagerEvents {
  onUp(connection: MqttConnection): void;
  onMessage(connection: MqttConnection, topic: string, payload: Uint8Array): void;
  onDown(): void;
}

export interface ConnectionManagerDeps {
  readonly log: Log;
  /** False while the device has no network. */
  readonly hasNetwork: () => boolean;
}

export const createConnectionManager = (
  options: MqttConnectionOptions,
  { log, hasNetwork }: ConnectionManagerDeps,
  events: ConnectionManagerEvents,
): ConnectionManager => {
  const { device } = options;
  let connection: MqttConnection | undefined;
  let isUp = false;
  let wasRefused = false;
  let attempts = 0;

  const logDown = (reason: string, isRefused: boolean): void => {
    // the first refusal in a row is a warning, because a person has to act on it
    if (isRefused && !wasRefused) log.warn('device was refused', { device, reason });
    else log.debug('device lost its connection', { device, reason });
    wasRefused = isRefused;
  };

  const open = (onEnd: () => void): void => {
    const opened = openMqttConnection(options, {
      onUp() {
        isUp = true;
        events.onUp(opened);
      },
      onMessage: (topic, payload) => events.onMessage(opened, topic, payload),
      onDown(reason, isRefused) {
        logDown(reason, isRefused);
        isUp = false;
        connection = undefined;
        events.onDown();
        onEnd();
      },
    });
    connection = opened;
  };

  return {
    get isUp() {
      return isUp;
    },
    get attempts() {
      return attempts;
    },
    once: () =>
      new Promise((resolve) => {
        attempts += 1;
        if (hasNetwork()) open(resolve);
        else resolve();
      }),
    cut: () => connection?.cut(),
    close: async (signal) => {
      if (isUp && !signal.aborted) await connection?.close(signal);
      else connection?.cut();
    },
  };
};
