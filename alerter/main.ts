import { type AttentionRows, makeAttention, standingAfter } from './attention.ts';
import type { Alerter, ChannelTester, Occasion } from './alerter.ts';
import { checkChannels, openChannels, testChannel } from './channels.ts';
import { makeEvaluator } from './evaluator.ts';
import type { Evaluation } from './evaluate/evaluate.ts';
import type { Channel, ChannelDeps } from './notify/channel.ts';
import type { Facts } from './notify/facts.ts';
import { notify } from './notify/notify.ts';
import { type OutboxRows, startOutbox } from './notify/outbox.ts';
import type { RuleEntry } from './rules-file.ts';
import { makeRules } from './rules.ts';
import { systemRules } from './vigil/rules.ts';
import type { AlertSettings } from './settings.ts';
import { makeAlertTelemetry } from './telemetry.ts';
import type { Recalled } from './evaluate/memory.ts';
import type { Alert, AlertState, Silence } from '#model/alert.ts';
import { SYSTEM_FAMILY } from '#model/condition.ts';
import type { Clock } from '#model/clock.ts';
import { Fault } from '#model/fault.ts';
import type { Registry } from '#model/registry.ts';

/** What the alerter reads and writes of the operations database. */
export interface AlerterRows extends OutboxRows, AttentionRows {
  registry(): Registry;
  latest(): Recalled['latest'];
  nextAlertId(): number;
  silences(): readonly Silence[];
}

export interface AlerterDeps extends ChannelDeps {
  readonly rows: AlerterRows;
  /** Tells how old messages and alerts are; the clock where there is none. */
  readonly careful?: Pick<Clock, 'now'>;
  /** Entries of `rules.yaml`. */
  readonly rules: readonly RuleEntry[];
  /** Uniform in [0, 1): jitter. */
  readonly random: () => number;
  /** Where people reach the page. */
  readonly link: string;
}

/** Tries channels where no alerter runs. */
export const makeChannelTester = (
  settings: AlertSettings,
  deps: ChannelDeps & { readonly link: string },
): ChannelTester => testerOf(openChannels(settings, deps), settings, deps);

const testerOf = (
  channels: ReadonlyMap<string, Channel>,
  settings: AlertSettings,
  { clock, link }: Pick<AlerterDeps, 'clock' | 'link'>,
): ChannelTester => ({
  names: [...channels.keys()],
  test: async (name) => {
    const channel = channels.get(name);
    if (channel !== undefined) return testChannel(channel, { clock, settings, link });
    throw new Fault(
      'NOT_FOUND',
      `no channel is called "${name}"; there are ${[...channels.keys()].join(', ')}; others are set under alerts.channels (docs/alerts.md)`,
    );
  },
});

/** True when there is something to be told or shown: most batches only move values. */
const hasNews = ({ changes, alerts }: Evaluation, { isBrokerNew }: Occasion): boolean =>
  isBrokerNew || changes.length > 0 || alerts.some(({ state, isTold }) => state === 'firing' && !isTold);

/** What the evaluation of readings goes on with. */
const recallOf = (rows: AlerterRows): Recalled => ({
  latest: rows.latest(),
  alerts: rows.standingAlerts().filter(({ family }) => family !== SYSTEM_FAMILY),
  nextId: rows.nextAlertId(),
});

/**
 * Starts rules, evaluation and notification on what the database remembers.
 * @throws Fault `SETTING_INVALID` when a rule of the file is wrong
 */
export const startAlerter = (settings: AlertSettings, deps: AlerterDeps): Alerter => {
  const { clock, careful = clock, log, rows, link } = deps;
  const rules = makeRules(deps.rules);
  const channels = openChannels(settings, deps);
  checkChannels(rules, channels);
  const evaluator = makeEvaluator({ log, rules, registry: () => rows.registry(), recall: () => recallOf(rows) });
  const attention = makeAttention(rows, systemRules(deps.rules), evaluator);
  const standing = (): readonly Alert[] => [...evaluator.standing(), ...attention.standing()];
  const telemetry = makeAlertTelemetry(() => {
    const byState = Map.groupBy(standing(), ({ state }) => state);
    return new Map([...byState].map(([state, alerts]): [AlertState, number] => [state, alerts.length]));
  });
  const { timeout, giveUpAfter, maxAttempts, drainTimeout } = settings;
  const limits = { timeout, giveUpAfter, maxAttempts };
  const outbox = startOutbox({ ...deps, channels, telemetry, limits, drainTimeout });

  const factsOf = (evaluation: Pick<Evaluation, 'alerts'>, { journal, to, isBrokerNew }: Occasion): Facts => ({
    channels: [...channels.values()],
    registry: rows.registry(),
    silences: rows.silences(),
    now: clock.now(),
    journal,
    sequence: to,
    standing: standingAfter(standing(), evaluation.alerts),
    isBrokerNew,
    link,
  });

  return {
    ...testerOf(channels, settings, deps),
    evaluate: (observations, { to }) => evaluator.evaluate(observations, { now: clock.now(), sequence: to }),
    notify: (evaluation, occasion) =>
      hasNews(evaluation, occasion)
        ? { ...notify(evaluation, factsOf(evaluation, occasion)), agedAt: careful.now() }
        : { alerts: evaluation.alerts, events: [], messages: [] },
    committed: (evaluation, { alerts, messages }) => {
      evaluator.remember(evaluation, alerts);
      attention.evaluated(alerts);
      if (messages.length > 0) outbox.wake();
    },
    attend: (conditions, isUndecided) => {
      const moment = { channels: [...channels.values()], silences: rows.silences(), now: clock.now() };
      const attended = attention.attend(conditions, isUndecided, moment);
      if (attended.alerts.length === 0) return undefined;
      const occasion = { journal: 'system', to: moment.now, isBrokerNew: false };
      return { attended, commit: { ...notify(attended, factsOf(attended, occasion)), agedAt: careful.now() } };
    },
    attended: ({ alerts, messages }) => {
      attention.committed(alerts);
      if (messages.length > 0) outbox.wake();
    },
    metrics: () => telemetry.text(),
    ended: outbox.ended,
    stop: () => outbox.stop(),
  };
};
