import type { Clock, Timer } from '#model/clock.ts';
import type { Outgoing } from '#model/codec.ts';
import { json } from '#model/codecs/json.ts';
import type { Duration } from '#model/duration.ts';
import type { Log } from '#model/log.ts';
import type { Secret } from '#model/secret.ts';
import { backoff } from './backoff.ts';
import { createBuffer } from './buffer.ts';
import { type Link, openLink } from './link.ts';
import type { Report } from './mishap.ts';
import type { Random } from './random.ts';

export interface DeviceSettings {
  readonly url: string;
  readonly id: string;
  readonly secret: Secret;
  /** Real time between two reports. */
  readonly every: Duration;
  /** How long after the start it is switched on. */
  readonly startAfter: Duration;
  readonly capacity: number;
  readonly batch: number;
  readonly window: number;
  readonly ackTimeout: Duration;
}

export interface DeviceDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  /** Reads the sensors now; mishaps may make none or several reports of it. */
  readonly read: () => readonly Report[];
}

/** What a device has done so far; `made` = `acknowledged` + `buffered` + `dropped`. */
export interface DeviceStats {
  readonly isConnected: boolean;
  /** Reports made. */
  readonly made: number;
  /** Reports given to a connection, those sent again counted again. */
  readonly published: number;
  /** Reports that the broker acknowledged. */
  readonly acknowledged: number;
  /** Reports waiting or on their way. */
  readonly buffered: number;
  /** Reports given up because the memory was full. */
  readonly dropped: number;
  /** Connections tried. */
  readonly attempts: number;
}

export interface SimulatedDevice {
  stats(): DeviceStats;
  /** Reads no more, sends what it holds until the signal is raised, says `offline` and goodbye. */
  stop(signal: AbortSignal): Promise<void>;
}

/**
 * One device as firmware would be: it reads its sensors on time, whether it is connected or not, keeps what is not
 * acknowledged, sends it in order with a few packets in flight, and connects again with patience.
 */
export const startDevice = (settings: DeviceSettings, deps: DeviceDeps): SimulatedDevice => {
  const { clock, log, random } = deps;
  const buffer = createBuffer<Outgoing>(settings.capacity);
  const off = new AbortController();
  let link: Link | undefined;
  let isUp = false;
  let isProven = false;
  let readings = 0;
  let made = 0;
  let published = 0;
  let attempts = 0;
  let deadline: Timer | undefined;
  let onIdle: (() => void) | undefined;

  const watchAcknowledgements = (): void => {
    deadline?.stop();
    deadline = buffer.inFlight === 0 ? undefined : clock.after(settings.ackTimeout, () => link?.cut());
  };
  const send = async (by: Link, batch: NonNullable<ReturnType<typeof buffer.take>>): Promise<void> => {
    published += batch.items.length;
    const isAcknowledged = await by.publish(json.encode(batch.items));
    if (!isAcknowledged || by !== link) return;
    isProven = true;
    buffer.acknowledge(batch);
    watchAcknowledgements();
    pump();
  };
  const pump = (): void => {
    while (isUp && link !== undefined && buffer.inFlight < settings.window) {
      const batch = buffer.take(settings.batch);
      if (batch === undefined) break;
      void send(link, batch);
      if (buffer.inFlight === 1) watchAcknowledgements();
    }
    if (buffer.size === 0) onIdle?.();
  };
  const report = (): void => {
    readings += 1;
    for (const { time, values, isAfterBoot } of deps.read()) {
      if (isAfterBoot) link?.cut();
      made += 1;
      buffer.push({ time, id: String(readings), values });
    }
    pump();
  };

  /** One connection, from its first attempt to its end. */
  const connectOnce = (): Promise<void> =>
    new Promise((resolve) => {
      attempts += 1;
      const { url, id: device, secret } = settings;
      link = openLink(
        { url, device, secret },
        {
          onUp() {
            isUp = true;
            pump();
          },
          onDown(reason) {
            log.debug('device lost its connection', { device, reason });
            isUp = false;
            link = undefined;
            deadline?.stop();
            buffer.release();
            onIdle?.();
            resolve();
          },
        },
      );
    });
  const run = async (): Promise<void> => {
    await clock.sleep(settings.startAfter, off.signal);
    if (off.signal.aborted) return;
    report();
    const sampling = clock.every(settings.every, report);
    off.signal.addEventListener('abort', () => sampling.stop(), { once: true });
    let inVain = 0;
    while (!off.signal.aborted) {
      isProven = false;
      await connectOnce();
      inVain = isProven ? 0 : inVain + 1;
      await clock.sleep(backoff(inVain, random), off.signal);
    }
  };
  const running = run();

  return {
    stats: () => ({
      isConnected: isUp,
      made,
      published,
      acknowledged: buffer.acknowledged,
      buffered: buffer.size,
      dropped: buffer.dropped,
      attempts,
    }),
    async stop(signal) {
      off.abort();
      const isIdle = new Promise<void>((resolve) => {
        onIdle = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      if (isUp && buffer.size > 0 && !signal.aborted) await isIdle;
      if (isUp && !signal.aborted) await link?.close();
      else link?.cut();
      await running;
    },
  };
};
