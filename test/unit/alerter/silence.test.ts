import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startAlerter } from '#alerter/main.ts';
import { AlertSettings } from '#alerter/settings.ts';
import type { AlertCommit } from '#model/alert.ts';
import { type Condition, SYSTEM } from '#model/condition.ts';
import { minutes, seconds } from '#model/duration.ts';
import { openSqliteOperations } from '#ingest/operations/sqlite/sqlite.ts';
import { bancarRegistry, stageAt } from '#test/support/alerting.ts';
import { eventually } from '#test/support/eventually.ts';
import { manualClock } from '#test/support/manual-clock.ts';
import { MORNING } from '#test/support/readings.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { tempFolder } from '#test/support/temp-folder.ts';

const STATION = 'PBG-R03';
const CONDITION: Condition = {
  ...{ rule: 'ledger-imbalance', station: SYSTEM, device: '', value: 1 },
  detail: { id: 'sebab', en: 'cause' },
};
const EVERYONE = AlertSettings.parse({});
const NOBODY = AlertSettings.parse({ channels: { log: { enabled: false } } });

/** Rules, evaluation and outbox on a real operations database, with the log as the people who are told. */
const start = async (settings = EVERYONE, hold = minutes(0)) => {
  const clock = manualClock(MORNING);
  const operations = openSqliteOperations(join(tempFolder(), 'operations.db'));
  onTestFinished(() => operations.stop());
  const { stations, devices } = bancarRegistry();
  await operations.changeRegistry([
    ...[...stations.values()].map((station) => ({ kind: 'put-station', station }) as const),
    ...[...devices.values()].map((device) => ({ kind: 'put-device', device }) as const),
  ]);
  const deps = {
    ...{ clock, log: silentLog(), random: () => 0, link: 'http://localhost:8080', rows: operations },
    rules: [{ id: 'waspada', hold }],
    publish: () => Promise.resolve(),
  };
  let alerter = startAlerter(settings, deps);
  onTestFinished(() => alerter.stop());
  const commits: AlertCommit[] = [];
  let sequence = 0;
  return {
    ...{ clock, operations, commits },
    restart: async (anew: AlertSettings = settings): Promise<void> => {
      await alerter.stop();
      alerter = startAlerter(anew, deps);
    },
    /** A stage arrives, and is committed as watch does. */
    stage: async (value: number): Promise<void> => {
      sequence += 1;
      const at = { observedAt: clock.now(), receivedAt: clock.now(), sequence };
      const evaluation = alerter.evaluate([{ readings: [stageAt(0, value, at)] }]);
      const alerting = alerter.notify(evaluation, { journal: 'j', to: sequence, isBrokerNew: false });
      const cursor = { journal: 'j', sequence };
      const latest = [{ ...stageAt(0, value, at), timedBy: 'device' } as const];
      await operations.watched({ cursor, latest, presence: [], seen: [], alerting });
      alerter.committed(evaluation, alerting);
    },
    /** A look at the system, as the vigil does. */
    look: async (...conditions: readonly Condition[]): Promise<void> => {
      const attended = alerter.attend(conditions, () => false);
      if (attended === undefined) return;
      commits.push(attended.commit);
      await operations.commitAlerts(attended.commit);
      alerter.attended(attended.commit);
    },
    silence: (station: string) => {
      const until = clock.now() + minutes(30).ms;
      return operations.addSilence({ station, rule: undefined, from: clock.now(), until, reason: 'dibersihkan' });
    },
    /** What people were told, in order: `firing 1` for the alert of this id. */
    told: (): readonly string[] =>
      [1, 2, 3]
        .flatMap((id) => operations.deliveries(id))
        .filter(({ channel }) => channel === 'log')
        .toSorted((a, b) => a.id - b.id)
        .map(({ state, alert }) => `${state} ${alert}`),
  };
};

describe('an alert that was told and is over under a silence', () => {
  test('is told to be over when the silence ends, once, and shows itself as over at once', async () => {
    const { clock, operations, stage, look, silence, told } = await start();
    await stage(2.6);
    expect(told()).toEqual(['firing 1']);
    await silence(STATION);
    await clock.advance(minutes(5));
    await stage(2);
    await look();
    expect(operations.alert(1)).toMatchObject({ state: 'resolved', resolvedAt: MORNING + minutes(5).ms });
    await clock.advance(minutes(24));
    await look();
    expect(told()).toEqual(['firing 1']);
    await clock.advance(minutes(1));
    for (let i = 0; i < 3; i += 1) await look();
    expect(told()).toEqual(['firing 1', 'resolved 1']);
    await eventually(() => expect(operations.outboxHeads()).toEqual([]));
  });

  test('is told also after a restart in the silence, and not again after one behind it', async () => {
    const { operations, restart, stage, look, silence, told, clock } = await start();
    await stage(2.6);
    const { id } = await silence(STATION);
    await clock.advance(minutes(1));
    await stage(2);
    await restart();
    await look();
    expect(told()).toEqual(['firing 1']);
    await operations.removeSilence(id);
    await look();
    await restart();
    await look();
    expect(told()).toEqual(['firing 1', 'resolved 1']);
  });

  test('is told to be over before the one that has begun since', async () => {
    const { operations, stage, look, silence, told, clock } = await start();
    await stage(2.6);
    const { id } = await silence(STATION);
    for (const value of [2, 2.7]) {
      await clock.advance(minutes(1));
      await stage(value);
    }
    await operations.removeSilence(id);
    await look();
    expect(told()).toEqual(['firing 1', 'resolved 1', 'firing 2']);
    await clock.advance(minutes(1));
    await stage(2);
    await look();
    expect(told().slice(3)).toEqual(['resolved 2']);
  });

  test('takes nothing from the hold of the one that has begun since', async () => {
    const { operations, stage, look, silence, told, clock } = await start(EVERYONE, minutes(5));
    await stage(2.6);
    await clock.advance(minutes(5));
    await stage(2.6);
    const { id } = await silence(STATION);
    for (const value of [2, 2.7]) {
      await clock.advance(minutes(1));
      await stage(value);
    }
    await operations.removeSilence(id);
    await look();
    expect(told()).toEqual(['firing 1', 'resolved 1']);
    await clock.advance(minutes(5));
    await stage(2.7);
    expect(told().slice(2)).toEqual(['firing 2']);
  });

  test('is treated alike where it is about the system', async () => {
    const { operations, look, silence, told } = await start();
    await look(CONDITION);
    const { id } = await silence(SYSTEM);
    await look();
    expect(told()).toEqual(['firing 1']);
    await operations.removeSilence(id);
    for (let i = 0; i < 3; i += 1) await look();
    expect(told()).toEqual(['firing 1', 'resolved 1']);
  });
});

describe('an alert that began under a silence', () => {
  test('and still fires is told when the silence ends, without a reading, once', async () => {
    const { clock, restart, stage, look, silence, told } = await start();
    await silence(STATION);
    await stage(2.6);
    await look();
    await restart();
    await clock.advance(minutes(29));
    await look();
    expect(told()).toEqual([]);
    await clock.advance(minutes(1));
    for (let i = 0; i < 3; i += 1) await look();
    expect(told()).toEqual(['firing 1']);
    await clock.advance(minutes(1));
    await stage(2);
    expect(told()).toEqual(['firing 1', 'resolved 1']);
  });

  test('and is over before its end is told to nobody', async () => {
    const { operations, clock, stage, look, silence, told } = await start();
    const { id } = await silence(STATION);
    await stage(2.6);
    await clock.advance(minutes(1));
    await stage(2);
    await operations.removeSilence(id);
    await look();
    expect(told()).toEqual([]);
  });
});

describe('a look at which nothing has changed', () => {
  const looks = async (given: Awaited<ReturnType<typeof start>>): Promise<number> => {
    const before = given.commits.length;
    for (let i = 0; i < 10; i += 1) {
      await given.clock.advance(seconds(5));
      await given.look(CONDITION);
    }
    return given.commits.length - before;
  };

  test('writes nothing while nobody is there to be told', async () => {
    const given = await start(NOBODY);
    await given.stage(2.6);
    await given.look(CONDITION);
    expect(given.commits).toHaveLength(1);
    expect(await looks(given)).toBe(0);
  });

  test('writes nothing under a silence', async () => {
    const given = await start();
    await given.silence(STATION);
    await given.silence(SYSTEM);
    await given.stage(2.6);
    await given.look(CONDITION);
    expect(await looks(given)).toBe(0);
    await given.clock.advance(minutes(30));
    expect(await looks(given)).toBe(1);
    expect(given.told()).toEqual(['firing 1', 'firing 2']);
  });

  test('writes once that an end is told which nobody is left to hear', async () => {
    const { operations, restart, stage, silence, clock, look, commits, told } = await start();
    await stage(2.6);
    await silence(STATION);
    await clock.advance(minutes(1));
    await stage(2);
    await restart(NOBODY);
    await clock.advance(minutes(30));
    expect(operations.untoldEnds()).toHaveLength(1);
    for (let i = 0; i < 3; i += 1) await look();
    expect(commits).toHaveLength(1);
    expect(operations.untoldEnds()).toEqual([]);
    expect(told()).toEqual(['firing 1']);
  });
});
