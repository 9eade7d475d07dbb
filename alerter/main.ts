import { type SystemAlertRows, makeSystemAlerts } from './system/system-alerts.ts';
import type { Alerter, BatchInfo } from './alerter.ts';
import { checkChannels, makeTester, noteOutcomes, openChannels, type ReachRows } from './notify/open-channels.ts';
import { channelProblems, type ChannelHealth, channelHealth } from './notify/channel-health.ts';
import { batchlessInfo, makeEnd, makeNotifyContext } from './ender.ts';
import { makeEvaluator } from './evaluator.ts';
import type { Evaluation } from './evaluate/evaluate.ts';
import type { ChannelDeps } from './notify/channel.ts';
import type { NotifyContext } from './notify/context.ts';
import { notify } from './notify/notify.ts';
import { noticeOf } from './notify/make-notice.ts';
import type { MessageUse } from './notify/deliver.ts';
import { type OutboxRows, startOutbox } from './notify/outbox.ts';
import type { RuleEntry } from './rules/rules-file.ts';
import { makeRules } from './rules/rules.ts';
import { systemRules } from './system/rules.ts';
import type { AlertSettings } from './settings.ts';
import { type AlertCounts, makeAlertMetrics } from './metrics.ts';
import type { LoadedAlerts } from './evaluate/alert-memory.ts';
import {
  type Alert,
  type AlertRecord,
  type AlertState,
  type Delivery,
  type RecipientHealth,
  type Silence,
  silenceOf,
} from '#model/alerts/alert.ts';
import { SYSTEM_FAMILY } from '#model/alerts/problem.ts';
import type { Clock } from '#model/base/clock.ts';
import type { Registry } from '#model/registry/registry.ts';

/** Rows of the operations database that the alerter reads and writes. */
export interface AlerterRows extends OutboxRows, SystemAlertRows, ReachRows {
  registry(): Registry;
  latest(): LoadedAlerts['latest'];
  nextAlertId(): number;
  alert(id: number): AlertRecord | undefined;
  recipients(): readonly RecipientHealth[];
  outboxCounts(): ReturnType<AlertCounts['messages']>;
  isNotified(message: Delivery): boolean;
  silences(): readonly Silence[];
}

export interface AlerterDeps extends ChannelDeps {
  readonly rows: AlerterRows;
  /** Gives the age of messages and alerts; the system clock where it is left out. */
  readonly trustedClock?: Pick<Clock, 'now'>;
  /** Entries of `rules.yaml`. */
  readonly rules: readonly RuleEntry[];
  /** Uniform in [0, 1): jitter. */
  readonly random: () => number;
  /** Address of the console. */
  readonly link: string;
}

/** True when there is something to notify or to publish: most batches only move values. */
const hasNews = ({ changes, alerts }: Evaluation, { isBrokerNew }: BatchInfo): boolean =>
  isBrokerNew || changes.length > 0 || alerts.some(({ state, isNotified }) => state === 'firing' && !isNotified);

/** Alerts and newest values with which the evaluation of readings continues. */
const loadFrom = (rows: AlerterRows): LoadedAlerts => ({
  latest: rows.latest(),
  alerts: rows.standingAlerts().filter(({ family }) => family !== SYSTEM_FAMILY),
  nextId: rows.nextAlertId(),
});

/** Facts that decide whether a message is still useful at its turn, and the text of a late one. */
const usesOf = ({ rows, clock, link }: AlerterDeps): MessageUse => ({
  alertOf: ({ alert }) => rows.alert(alert),
  isNotified: (message) => rows.isNotified(message),
  isSilenced: (alert) => silenceOf(alert, rows.silences(), clock.now()) !== undefined,
  renderLate: ({ key, createdAt, recipient }, alert, channel) => {
    const context = { registry: rows.registry(), silences: rows.silences(), now: clock.now(), link };
    return channel.render(noticeOf(key, alert, context, createdAt), recipient);
  },
});

/**
 * Starts rules, evaluation and notification with the state of the database.
 * @throws Fault `SETTING_INVALID` when a rule of the file is wrong
 */
export const startAlerter = (settings: AlertSettings, deps: AlerterDeps): Alerter => {
  const { clock, trustedClock = clock, log, rows } = deps;
  const rules = makeRules(deps.rules);
  const channels = openChannels(settings, deps);
  checkChannels(rules, channels);
  const evaluator = makeEvaluator({ log, rules, registry: () => rows.registry(), load: () => loadFrom(rows) });
  const systemAlerts = makeSystemAlerts(rows, systemRules(deps.rules), evaluator);
  const standing = (): readonly Alert[] => [...evaluator.standing(), ...systemAlerts.standing()];
  const health = (): readonly ChannelHealth[] => channelHealth(channels.values(), rows.recipients());
  const metrics = makeAlertMetrics({
    alerts: () => {
      const byState = Map.groupBy(standing(), ({ state }) => state);
      return new Map([...byState].map(([state, alerts]): [AlertState, number] => [state, alerts.length]));
    },
    channels: health,
    messages: () => rows.outboxCounts(),
  });
  const { timeout, giveUpAfter, maxAttempts, drainTimeout } = settings;
  const limits = { timeout, giveUpAfter, maxAttempts };
  const outbox = startOutbox({ ...deps, ...usesOf(deps), channels, metrics, limits, drainTimeout });

  const makeContext = makeNotifyContext(deps, channels);
  const contextOf = (evaluation: Pick<Evaluation, 'alerts'>, batch: BatchInfo): NotifyContext =>
    makeContext(evaluation, batch, standing());

  return {
    ...makeTester(channels, settings, {
      clock,
      link: deps.link,
      onTried: async (channel, outcomes) => {
        await noteOutcomes(rows, clock, channel, outcomes);
        for (const { recipient, delivered } of outcomes) if (delivered) outbox.reached({ channel, recipient });
      },
    }),
    evaluate: (readings) => evaluator.evaluate(readings, clock.now()),
    notify: (evaluation, batch) =>
      hasNews(evaluation, batch)
        ? { ...notify(evaluation, contextOf(evaluation, batch)), agedAt: trustedClock.now() }
        : { alerts: evaluation.alerts, events: [], messages: [] },
    committed: (evaluation, { alerts, messages }) => {
      evaluator.apply(evaluation, alerts);
      systemAlerts.readingsCommitted(alerts);
      if (messages.length > 0) outbox.wake();
    },
    evaluateSystem: (problems, isUnknown) => {
      const context = { channels: [...channels.values()], silences: rows.silences(), now: clock.now() };
      const evaluated = systemAlerts.evaluate([...problems, ...channelProblems(health())], isUnknown, context);
      if (evaluated.alerts.length === 0) return undefined;
      const commit = notify(evaluated, contextOf(evaluated, batchlessInfo(context.now)));
      return { evaluated, commit: { ...commit, agedAt: trustedClock.now() } };
    },
    end: makeEnd({ rows, clock, contextOf }),
    systemCommitted: ({ alerts, messages }) => {
      systemAlerts.committed(alerts);
      if (messages.length > 0) outbox.wake();
    },
    metrics: () => metrics.text(),
    ended: outbox.ended,
    stop: () => outbox.stop(),
  };
};
