import type { Clock } from '#model/base/clock.ts';
import { reachedThrough } from '#model/commands/downlink.ts';
import { type Duration, hours, seconds } from '#model/base/duration.ts';
import { isOutage } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Log } from '#model/base/log.ts';
import { buildTopic } from '#model/readings/topic.ts';
import { makeRetainedConfigCleanup } from './retained-config-cleanup.ts';
import { Deadlines } from './deadlines.ts';
import { makeCommandSender, makeConfigSender, type OutboundDeps } from './senders.ts';

export interface DispatcherSettings {
  /** Time that a command stays in the history after its end. */
  readonly keepCommands: Duration;
}

export interface DispatcherDeps extends Omit<OutboundDeps, 'signal' | 'deadlines'> {
  readonly log: Log;
  /** Clock for the age of the history; the system clock by default. */
  readonly trustedClock?: Pick<Clock, 'now'>;
}

/** Sends commands and configs to the broker, as often as needed, and ends expired commands. */
export interface CommandDispatcher {
  /** Call it for a new command. */
  commanded(): void;
  /** Call it for a changed config of this device. */
  configured(device: string): void;
  /** Call it when the broker has started anew: every config is published again. */
  brokerIsNew(): void;
  /** Rejects with the bug that ended it; resolves after `stop`. */
  readonly ended: Promise<void>;
  /** Aborts the current call. Safe to call twice. */
  stop(): Promise<void>;
}

const EVERY = seconds(1);
const AFTER_FAILURE = seconds(5);
const PURGE_EVERY = hours(1);
const PURGED_AT_ONCE = 200;

/**
 * Removes an expired command from persistent sessions. Where that fails, the payload itself holds the time until which the
 * command is valid.
 */
const makeExpiry = ({ rows, link, log, signal }: DispatcherDeps & { readonly signal: AbortSignal }) => {
  return async (ids: readonly string[], now: Instant): Promise<void> => {
    for (const { id, device, name } of await rows.expireCommands(ids, now)) {
      log.info('command expired without an answer', { device, command: id, name });
      // a network server holds it and cannot be asked to return it
      if (reachedThrough(rows.registry(), device) !== undefined) continue;
      await link.withdraw(buildTopic({ kind: 'command', device, id }), signal).catch((error: unknown) => {
        if (!isOutage(error)) throw error;
      });
    }
  };
};

const makePurge = (
  retention: Duration,
  { clock, trustedClock = clock, rows }: DispatcherDeps,
): (() => Promise<void>) => {
  let purgedAt = -Infinity;
  return async () => {
    if (clock.monotonic() - purgedAt < PURGE_EVERY.ms) return;
    const removed = await rows.purgeCommands(trustedClock.now() - retention.ms, PURGED_AT_ONCE);
    if (removed < PURGED_AT_ONCE) purgedAt = clock.monotonic();
  };
};

/** Sends, expires and removes, in this order. */
const makeRound = ({ keepCommands }: DispatcherSettings, deps: DispatcherDeps & { readonly signal: AbortSignal }) => {
  const { clock, rows } = deps;
  const configs = makeConfigSender(deps);
  const leftovers = makeRetainedConfigCleanup(deps, configs.changed);
  const deadlines = new Deadlines(clock);
  const commands = makeCommandSender({ ...deps, deadlines });
  const expire = makeExpiry(deps);
  const purge = makePurge(keepCommands, deps);
  const round = async (): Promise<void> => {
    const now = clock.now();
    const open = rows.openCommands();
    const over = deadlines.over(open);
    if (over.length > 0) await expire(over, now);
    await configs.send();
    await commands.send(open, now);
    await leftovers.sweep();
    await purge();
  };
  return { round, configs, leftovers };
};

/** Starts by sending every config and every open command. */
export const startDispatcher = (settings: DispatcherSettings, deps: DispatcherDeps): CommandDispatcher => {
  const { clock, log } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  const { round, configs, leftovers } = makeRound(settings, { ...deps, signal });
  let nap = new AbortController();
  let isHeldUp = false;

  const attempt = async (): Promise<Duration> => {
    try {
      await round();
      isHeldUp = false;
      return EVERY;
    } catch (error) {
      if (!isOutage(error)) throw error;
      if (!isHeldUp && !signal.aborted) {
        log.warn('commands and configs not sent', { code: error.code, detail: error.detail });
      }
      isHeldUp = true;
      return AFTER_FAILURE;
    }
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      nap = new AbortController();
      const napping = AbortSignal.any([nap.signal, signal]);
      await clock.sleep(await attempt(), napping);
    }
  };
  const ended = run();
  return {
    commanded: () => nap.abort(),
    configured: (device) => {
      configs.changed(device);
      nap.abort();
    },
    brokerIsNew: () => {
      configs.allChanged();
      leftovers.beginAgain();
      nap.abort();
    },
    ended,
    stop: async () => {
      stopping.abort();
      await ended.catch(() => undefined);
    },
  };
};
