import type { AlertEnder, BatchInfo } from './alerter.ts';
import { standingAfter } from './system/system-alerts.ts';
import { endByHand } from './closing.ts';
import type { Channel } from './notify/channel.ts';
import type { NotifyContext } from './notify/facts.ts';
import { notify } from './notify/notify.ts';
import type { EvaluatedSystem } from './system/evaluate-system.ts';
import type { Alert, Evaluated, Silence } from '#model/alerts/alert.ts';
import type { Clock } from '#model/base/clock.ts';
import { Fault } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Registry } from '#model/registry/registry.ts';

export interface FactsDeps {
  readonly clock: Pick<Clock, 'now'>;
  /** Where people reach the page. */
  readonly link: string;
  readonly rows: { registry(): Registry; silences(): readonly Silence[] };
}

/** Gathers the facts that the stages of notification may use. */
export const makeFacts =
  ({ rows, clock, link }: FactsDeps, channels: ReadonlyMap<string, Channel>) =>
  (
    { alerts }: Pick<Evaluated, 'alerts'>,
    { journal, to, isBrokerNew }: BatchInfo,
    standing: readonly Alert[],
  ): NotifyContext => ({
    channels: [...channels.values()],
    registry: rows.registry(),
    silences: rows.silences(),
    now: clock.now(),
    journal,
    sequence: to,
    standing: standingAfter(standing, alerts),
    isBrokerNew,
    link,
  });

/** The occasion of a change that no batch of watch brings about. */
export const outsideBatch = (now: Instant): BatchInfo => ({ journal: 'system', to: now, isBrokerNew: false });

export interface EndDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly rows: { alert(id: number): Alert | undefined };
  readonly factsOf: (attended: EvaluatedSystem, occasion: BatchInfo) => NotifyContext;
}

export const makeEnd =
  ({ rows, clock, factsOf }: EndDeps): AlertEnder['end'] =>
  (id, ending) => {
    const alert = rows.alert(id);
    if (alert === undefined) throw new Fault('NOT_FOUND', `no alert has the id ${id}; "klawing alert list" lists them`);
    const now = clock.now();
    const attended = endByHand(alert, ending, now);
    return { attended, commit: notify(attended, factsOf(attended, outsideBatch(now))) };
  };
