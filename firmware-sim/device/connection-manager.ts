import type { Log } from '#model/base/log.ts';
import { type Link, type LinkOptions, openLink } from './mqtt-connection.ts';

/** The connections of a device, one after another. */
export interface ConnectionManager {
  readonly isUp: boolean;
  /** Connections tried. */
  readonly attempts: number;
  /** One connection, from its first attempt to its end; none where there is no network. */
  once(): Promise<void>;
  /** Ends the connection without a word, where there is one. */
  cut(): void;
  /** Says goodbye where there is a connection, unless the signal was raised. */
  close(signal: AbortSignal): Promise<void>;
}

export interface LineEvents {
  onUp(link: Link): void;
  onMessage(link: Link, topic: string, payload: Uint8Array): void;
  onDown(): void;
}

export interface LineDeps {
  readonly log: Log;
  /** Whether the device has a network to send over. */
  readonly hasNetwork: () => boolean;
}

export const createLine = (
  options: LinkOptions,
  { log, hasNetwork }: LineDeps,
  events: LineEvents,
): ConnectionManager => {
  const { device } = options;
  let link: Link | undefined;
  let isUp = false;
  let wasRefused = false;
  let attempts = 0;

  const tellDown = (reason: string, isRefused: boolean): void => {
    // once is enough for a person to act on
    if (isRefused && !wasRefused) log.warn('device was refused', { device, reason });
    else log.debug('device lost its connection', { device, reason });
    wasRefused = isRefused;
  };

  const open = (onEnd: () => void): void => {
    const opened = openLink(options, {
      onUp() {
        isUp = true;
        events.onUp(opened);
      },
      onMessage: (topic, payload) => events.onMessage(opened, topic, payload),
      onDown(reason, isRefused) {
        tellDown(reason, isRefused);
        isUp = false;
        link = undefined;
        events.onDown();
        onEnd();
      },
    });
    link = opened;
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
    cut: () => link?.cut(),
    close: async (signal) => {
      if (isUp && !signal.aborted) await link?.close(signal);
      else link?.cut();
    },
  };
};
