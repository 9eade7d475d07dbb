import { describe, expect, test } from 'vitest';
import { type SystemProblem, SYSTEM } from '#model/alerts/problem.ts';
import { minutes, seconds } from '#model/base/duration.ts';
import { EVERYONE, NOBODY, runningAlerter } from '#test/support/builders/alerter.ts';
import { eventually } from '#test/support/eventually.ts';
import { MORNING } from '#test/support/builders/readings.ts';

const STATION = 'PBG-R03';
const CONDITION: SystemProblem = {
  rule: 'ledger-imbalance',
  station: SYSTEM,
  device: '',
  value: 1,
  detail: { id: 'sebab', en: 'cause' },
};
describe('an alert that was told and is over under a silence', () => {
  test('is told to be over when the silence ends, once, and shows itself as over at once', async () => {
    const { clock, operations, stage, look, silence, told } = await runningAlerter();
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
    const { operations, restart, stage, look, silence, told, clock } = await runningAlerter();
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
    const { operations, stage, look, silence, told, clock } = await runningAlerter();
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
    const { operations, stage, look, silence, told, clock } = await runningAlerter(EVERYONE, minutes(5));
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
    const { operations, look, silence, told } = await runningAlerter();
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
    const { clock, restart, stage, look, silence, told } = await runningAlerter();
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
    const { operations, clock, stage, look, silence, told } = await runningAlerter();
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
  const looks = async (given: Awaited<ReturnType<typeof runningAlerter>>): Promise<number> => {
    const before = given.commits.length;
    for (let i = 0; i < 10; i += 1) {
      await given.clock.advance(seconds(5));
      await given.look(CONDITION);
    }
    return given.commits.length - before;
  };

  test('writes nothing while nobody is there to be told', async () => {
    const given = await runningAlerter(NOBODY);
    await given.stage(2.6);
    await given.look(CONDITION);
    expect(given.commits).toHaveLength(1);
    expect(await looks(given)).toBe(0);
  });

  test('writes nothing under a silence', async () => {
    const given = await runningAlerter();
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
    const { operations, restart, stage, silence, clock, look, commits, told } = await runningAlerter();
    await stage(2.6);
    await silence(STATION);
    await clock.advance(minutes(1));
    await stage(2);
    await restart(NOBODY);
    await clock.advance(minutes(30));
    expect(operations.deferredEnds()).toHaveLength(1);
    for (let i = 0; i < 3; i += 1) await look();
    expect(commits).toHaveLength(1);
    expect(operations.deferredEnds()).toEqual([]);
    expect(told()).toEqual(['firing 1']);
  });
});
