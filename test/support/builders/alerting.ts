import { makeEvaluator, type Evaluator } from '#alerter/evaluator.ts';
import type { LoadedAlerts } from '#alerter/evaluate/alert-memory.ts';
import type { Rule } from '#alerter/rules/rule.ts';
import type { EvaluatedSystem } from '#alerter/system/evaluate-system.ts';
import { resolveOrphans } from '#alerter/closing.ts';
import { type Alert, type Evaluated, hasEnded } from '#model/alerts/alert.ts';
import { minutes } from '#model/base/duration.ts';
import type { Qualified } from '#model/readings/reading.ts';
import type { Registry } from '#model/registry/registry.ts';
import { aDevice, aStation } from '#test/support/servers/api.ts';
import { aReading, MORNING } from './readings.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { columnsOf } from '#model/readings/columns.ts';

/** The Klawing at Bancar: waspada at 2.5 m, cleared at 2.4 m, held for 5 minutes. */
export const bancarRule = (given: Partial<Rule> = {}): Rule => ({
  id: 'waspada',
  family: 'river',
  property: 'stage',
  stations: undefined,
  direction: 'above',
  raise: 'waspada',
  clear: { hysteresis: 0.1 },
  hold: minutes(5),
  severity: 'moderate',
  title: { id: 'Waspada banjir', en: 'Flood watch' },
  channels: undefined,
  ...given,
});

export const bancarRegistry = (given: Partial<Registry> = {}): Registry => ({
  revision: 1,
  stations: new Map([
    ['PBG-R03', aStation({ id: 'PBG-R03', family: 'river', name: 'Klawing – Bancar', attributes: { waspada: 2.5 } })],
  ]),
  devices: new Map(
    ['pbg-r03', 'pbg-r03-b'].map((id) => [id, aDevice({ id, assignments: [{ station: 'PBG-R03', from: 0 }] })]),
  ),
  gateways: new Map(),
  profiles: new Map(),
  ...given,
});

/** The stage at Bancar, so many minutes after the morning's hour; it arrives a second later. */
export const stageAt = (minute: number, value: number, given: Partial<Qualified> = {}): Qualified => {
  const observedAt = MORNING + minute * 60_000;
  return aReading({
    station: 'PBG-R03',
    device: 'pbg-r03',
    family: 'river',
    property: 'stage',
    place: '/values/stage',
    value,
    observedAt,
    receivedAt: observedAt + 1_000,
    ...given,
  });
};

/** An evaluator that commits at once to rows in memory, as watch would, and can be started anew from them. */
export interface Bench {
  take(...readings: readonly Qualified[]): Evaluated;
  /** Evaluates and does not commit. */
  lose(...readings: readonly Qualified[]): Evaluated;
  restart(): void;
  setRegistry(registry: Registry): void;
  /** Closes or hands over alerts that no reading can end any more, so many minutes after the morning's hour. */
  look(minute: number): EvaluatedSystem;
  standing(): readonly Alert[];
}

export const bench = (rules: readonly Rule[] = [bancarRule()], registry: Registry = bancarRegistry()): Bench => {
  const latest = new Map<string, Qualified>();
  const alerts = new Map<number, Alert>();
  let current = registry;
  const load = (): LoadedAlerts => ({
    latest: [...latest.values()],
    alerts: [...alerts.values()].filter((alert) => !hasEnded(alert)),
    nextId: Math.max(0, ...alerts.keys()) + 1,
  });
  const start = (): Evaluator => makeEvaluator({ log: silentLog(), rules, registry: () => current, load });
  let evaluator = start();
  const evaluate = (readings: readonly Qualified[]) => evaluator.evaluate(columnsOf(readings), MORNING);
  return {
    take: (...readings) => {
      const evaluation = evaluate(readings);
      for (const reading of readings) {
        const key = `${reading.station} ${reading.device} ${reading.property}`;
        if (reading.observedAt >= (latest.get(key)?.observedAt ?? 0)) latest.set(key, reading);
      }
      for (const alert of evaluation.alerts) alerts.set(alert.id, alert);
      evaluator.apply(evaluation, evaluation.alerts);
      return evaluation;
    },
    lose: (...readings) => evaluate(readings),
    restart: () => {
      evaluator = start();
    },
    setRegistry: (given) => {
      current = given;
    },
    look: (minute) => {
      const now = MORNING + minute * 60_000;
      const attended = resolveOrphans(evaluator.orphans(now), now);
      for (const alert of attended.alerts) alerts.set(alert.id, alert);
      evaluator.applyAlerts(attended.alerts);
      return attended;
    },
    standing: () => evaluator.standing(),
  };
};

/** The steps of an evaluation in words: `firing 3` for the alert of this id. */
export const stepsOf = ({ changes }: Pick<Evaluated, 'changes'>): readonly string[] =>
  changes.map(({ alert }) => `${alert.state} ${alert.id}`);
