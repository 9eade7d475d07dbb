import type { Clock } from '#model/base/clock.ts';
import type { Duration } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Log } from '#model/base/log.ts';
import { backoff } from './device/backoff.ts';
import { type UplinkSender, type UplinkSettings, createUplinkSender } from './device/uplink-sender.ts';
import { createConnectionManager, type ConnectionManager } from './device/connection-manager.ts';
import type { MqttConnectionOptions } from './device/mqtt-connection.ts';
import { createCommandHandler } from './device/command-handler.ts';
import { createPace } from './device/pace.ts';
import type { Random } from './random.ts';
import type { Reader } from './reader.ts';
import type { SimulatedTime } from './simulated-time.ts';

export interface DeviceSettings extends MqttConnectionOptions, UplinkSettings {
  /** Simulated time between two readings, until a config says otherwise. */
  readonly every: Duration;
  /** Time from the start until it is switched on. */
  readonly startAfter: Duration;
}

export interface DeviceDeps extends Reader {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly time: SimulatedTime;
}

/** Figures of a device; `made` = `acknowledged` + `buffered` + `dropped`. */
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
  /** Stops reading, sends its buffer until the signal is raised, says `offline` and disconnects. */
  stop(signal: AbortSignal): Promise<void>;
}

/**
 * A device that behaves like firmware: it reads its sensors on time, connected or not, keeps each reading until it is
 * acknowledged, sends in order with a few packets in flight, and connects again after growing pauses.
 */
export const startDevice = (settings: DeviceSettings, deps: DeviceDeps): SimulatedDevice => {
  const { clock, random, time } = deps;
  const uplink = createUplinkSender(settings, clock);
  const off = new AbortController();
  let readings = 0;
  let made = 0;

  const connections = createConnectionManager(settings, deps, {
    onUp(connection) {
      uplink.onConnected(connection);
      commands.onConnected(connection);
    },
    onMessage: (connection, topic, payload) => commands.handle(connection, topic, payload),
    onDown: () => uplink.onDisconnected(),
  });

  const report = (at: Instant): void => {
    readings += 1;
    if (!deps.hasNetwork()) connections.cut();
    for (const { time, values, isAfterBoot } of deps.read(at)) {
      if (isAfterBoot) connections.cut();
      made += 1;
      uplink.keep({ time, id: String(readings), values });
    }
  };
  const pace = createPace({ clock, time }, settings.every, report);
  const commands = createCommandHandler({ pace: pace.change, report: () => pace.readNow() }, clock);

  const run = async (): Promise<void> => {
    await clock.sleep(settings.startAfter, off.signal);
    if (off.signal.aborted) return;
    pace.readNow();
    pace.start();
    off.signal.addEventListener('abort', pace.stop, { once: true });
    let inVain = 0;
    while (!off.signal.aborted) {
      const before = uplink.acknowledged;
      await connections.once();
      // a broker that acknowledges nothing is tried as rarely as one that is away
      inVain = uplink.acknowledged > before ? 0 : inVain + 1;
      await clock.sleep(backoff(inVain, random), off.signal);
    }
  };
  const running = run();

  return {
    stats: () => statsOf(made, connections, uplink),
    async stop(signal) {
      off.abort();
      await uplink.idle(signal);
      await connections.close(signal);
      await running;
    },
  };
};

const statsOf = (made: number, connections: ConnectionManager, uplink: UplinkSender): DeviceStats => ({
  isConnected: connections.isUp,
  made,
  published: uplink.published,
  acknowledged: uplink.acknowledged,
  buffered: uplink.buffered,
  dropped: uplink.dropped,
  attempts: connections.attempts,
});
