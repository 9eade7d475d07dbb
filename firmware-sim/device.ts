import type { Clock } from '#model/base/clock.ts';
import type { Duration } from '#model/base/duration.ts';
import type { Log } from '#model/base/log.ts';
import { backoff } from './backoff.ts';
import { type UplinkSender, type UplinkSettings, createCourier } from './uplink-sender.ts';
import { createLine, type ConnectionManager } from './device/connection-manager.ts';
import type { LinkOptions } from './device/mqtt-connection.ts';
import { createObedience } from './device/command-handler.ts';
import { createPace } from './pace.ts';
import type { Random } from './random.ts';
import type { Reader } from './reader.ts';

export interface DeviceSettings extends LinkOptions, UplinkSettings {
  /** Real time between two readings, until a config says otherwise. */
  readonly every: Duration;
  /** How long after the start it is switched on. */
  readonly startAfter: Duration;
}

export interface DeviceDeps extends Reader {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
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
  const { clock, random } = deps;
  const courier = createCourier(settings, clock);
  const off = new AbortController();
  let readings = 0;
  let made = 0;

  const line = createLine(settings, deps, {
    onUp(link) {
      courier.linkUp(link);
      obedience.linkUp(link);
    },
    onMessage: (link, topic, payload) => obedience.take(link, topic, payload),
    onDown: () => courier.linkDown(),
  });

  const report = (): void => {
    readings += 1;
    if (!deps.hasNetwork()) line.cut();
    for (const { time, values, isAfterBoot } of deps.read()) {
      if (isAfterBoot) line.cut();
      made += 1;
      courier.keep({ time, id: String(readings), values });
    }
  };
  const pace = createPace(clock, settings.every, report);
  const obedience = createObedience({ pace: pace.change, report }, clock);

  const run = async (): Promise<void> => {
    await clock.sleep(settings.startAfter, off.signal);
    if (off.signal.aborted) return;
    report();
    pace.start();
    off.signal.addEventListener('abort', pace.stop, { once: true });
    let inVain = 0;
    while (!off.signal.aborted) {
      const before = courier.acknowledged;
      await line.once();
      // a broker that accepts and then acknowledges nothing deserves as much patience as one that is away
      inVain = courier.acknowledged > before ? 0 : inVain + 1;
      await clock.sleep(backoff(inVain, random), off.signal);
    }
  };
  const running = run();

  return {
    stats: () => statsOf(made, line, courier),
    async stop(signal) {
      off.abort();
      await courier.idle(signal);
      await line.close(signal);
      await running;
    },
  };
};

const statsOf = (made: number, line: ConnectionManager, courier: UplinkSender): DeviceStats => ({
  isConnected: line.isUp,
  made,
  published: courier.published,
  acknowledged: courier.acknowledged,
  buffered: courier.buffered,
  dropped: courier.dropped,
  attempts: line.attempts,
});
