import type { AlertEnder, BatchInfo } from './alerter.ts';
import { standingAfter } from './system/system-alerts.ts';
import { endByHand } from './closing.ts';
import type { Channel } from './notify/channel.ts';
import type { NotifyContext } from './notify/context.ts';
import { notify } from './notify/notify.ts';
import type { EvaluatedSystem } from './system/evaluate-system.ts';
import type { Alert, Evaluated, Silence } from '#model/alerts/alert.ts';
import type { Clock } from '#model/base/clock.ts';
import { Fault } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import type { Registry } from '#model/registry/registry.ts';

/** Parts from which the context of notification is made. */
export interface NotifyContextDeps {
  readonly clock: Pick<Clock, 'now'>;
  /** Address of the console. */
  readonly link: string;
  readonly rows: { registry(): Registry; silences(): readonly Silence[] };
}

/** Makes the context of the notification stages. */
export const makeNotifyContext =
  ({ rows, clock, link }: NotifyContextDeps, channels: ReadonlyMap<string, Channel>) =>
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

/** The batch information of a change that no batch of readings causes. */
export const batchlessInfo = (now: Instant): BatchInfo => ({ journal: 'system', to: now, isBrokerNew: false });

/** Parts that ending an alert by hand needs. */
export interface EndDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly rows: { alert(id: number): Alert | undefined };
  readonly contextOf: (evaluated: EvaluatedSystem, batch: BatchInfo) => NotifyContext;
}

export const makeEnd =
  ({ rows, clock, contextOf }: EndDeps): AlertEnder['end'] =>
  (id, ending) => {
    const alert = rows.alert(id);
    if (alert === undefined) throw new Fault('NOT_FOUND', `there is no alert ${id}; "klawing alert list" lists them`);
    const now = clock.now();
    const evaluated = endByHand(alert, ending, now);
    return { evaluated, commit: notify(evaluated, contextOf(evaluated, batchlessInfo(now))) };
  };
