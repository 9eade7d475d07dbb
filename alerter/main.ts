import { type AttentionRows, makeAttention } from './attention.ts';
import type { Alerter, Occasion } from './alerter.ts';
import { checkChannels, makeTester, openChannels } from './channels.ts';
import { besides, makeEnd, makeFacts } from './ender.ts';
import { makeEvaluator } from './evaluator.ts';
import type { Evaluation } from './evaluate/evaluate.ts';
import type { ChannelDeps } from './notify/channel.ts';
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
import type { Registry } from '#model/registry.ts';

/** What the alerter reads and writes of the operations database. */
export interface AlerterRows extends OutboxRows, AttentionRows {
  registry(): Registry;
  latest(): Recalled['latest'];
  nextAlertId(): number;
  alert(id: number): Alert | undefined;
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
  const { clock, careful = clock, log, rows } = deps;
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

  const makeFactsOf = makeFacts(deps, channels);
  const factsOf = (evaluation: Pick<Evaluation, 'alerts'>, occasion: Occasion): Facts =>
    makeFactsOf(evaluation, occasion, standing());

  return {
    ...makeTester(channels, settings, deps),
    evaluate: (observations) => evaluator.evaluate(observations, clock.now()),
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
      const commit = notify(attended, factsOf(attended, besides(moment.now)));
      return { attended, commit: { ...commit, agedAt: careful.now() } };
    },
    end: makeEnd({ rows, clock, factsOf }),
    attended: ({ alerts, messages }) => {
      attention.committed(alerts);
      if (messages.length > 0) outbox.wake();
    },
    metrics: () => telemetry.text(),
    ended: outbox.ended,
    stop: () => outbox.stop(),
  };
};
