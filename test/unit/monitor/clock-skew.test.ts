import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { ClockSkews, loadClockSkews } from '#monitor/clock-skew.ts';
import { hours, minutes } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import { aDevice, aStation } from '#test/support/servers/api.ts';
import { packetOf } from '#test/support/builders/packets.ts';
import { aReading } from '#test/support/builders/readings.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';
import { aRun, batchOf, type PlainPacket } from '#test/support/builders/runs.ts';

const NOW = 1_795_489_200_000;
const every = minutes(1);
const LIMITS = { ahead: minutes(1), behind: minutes(15) };

/** A packet that was observed so long before it arrived. */
const packet = (delay: number, refused: PlainPacket['refused'] = []): PlainPacket => ({
  entry: { ...packetOf(1, { sender: 'a', receivedAt: NOW }), sequence: 1 },
  codec: 'json',
  codecVersion: 1,
  refused,
  missing: 0,
  observations:
    refused.length > 0 ? [] : [{ id: undefined, readings: [aReading({ device: 'a', observedAt: NOW - delay })] }],
});

const after = (...delays: readonly number[]): ClockSkews => {
  const skews = new ClockSkews(LIMITS);
  skews.note(
    batchOf(
      aRun([]),
      delays.map((delay) => packet(delay)),
    ),
  );
  return skews;
};

describe('the clock of a device', () => {
  test('is not judged before enough is known', () => {
    expect(after(0, 0, 0, 0).of('a', every)).toBeUndefined();
  });

  test('is right when its quickest packets are', () => {
    const skews = after(400, 90_000, 250, 600, 60_000);
    expect(skews.of('a', every)).toMatchObject({ isWrong: false, ahead: { ms: -0 } });
  });

  test('is wrong when it is ahead of its arrivals', () => {
    const found = after(...Array.from({ length: 6 }, (_, i) => i * 100 - minutes(5).ms)).of('a', every);
    expect(found).toMatchObject({ isWrong: true, ahead: minutes(5) });
  });

  test('is wrong when everything is late by the same', () => {
    const found = after(...Array.from({ length: 6 }, (_, i) => hours(1).ms + i * 1_000)).of('a', every);
    expect(found).toMatchObject({ isWrong: true, ahead: { ms: -hours(1).ms } });
  });

  test('is right again after a backlog, which is late until it is delivered', () => {
    const backlog = Array.from({ length: 60 }, (_, i) => hours(60 - i).ms);
    expect(after(...backlog, 500).of('a', every)).toMatchObject({ isWrong: false });
  });

  const refusal = packet(0, [{ place: '', fault: new Fault('TIME_AHEAD', 'x'), readings: 1 }]);
  const refused = { ahead: undefined, isWrong: true, refusedAt: NOW };

  test('is wrong at once when a time is refused, until several in a row are accepted', () => {
    const skews = new ClockSkews(LIMITS);
    skews.note(batchOf(aRun([]), [packet(0), refusal]));
    expect(skews.of('a', every)).toEqual(refused);
    for (let i = 0; i < 4; i += 1) skews.note(batchOf(aRun([]), [packet(0)]));
    expect(skews.of('a', every)).toEqual(refused);
    skews.note(batchOf(aRun([]), [refusal, packet(0), packet(0), packet(0), packet(0)]));
    expect(skews.of('a', every)).toEqual(refused);
    skews.note(batchOf(aRun([]), [packet(0)]));
    expect(skews.of('a', every)).toMatchObject({ isWrong: false });
  });

  test('is judged by the limits of the settings', () => {
    const skews = new ClockSkews({ ahead: minutes(10), behind: minutes(15) });
    skews.note(
      batchOf(
        aRun([]),
        Array.from({ length: 6 }, () => packet(-minutes(5).ms)),
      ),
    );
    expect(skews.of('a', every)).toMatchObject({ isWrong: false, ahead: minutes(5) });
  });

  test('is remembered over a restart, and written only when something else is thought of it', async () => {
    const operations = openSqliteOperations(join(tempFolder(), 'operations.db'));
    onTestFinished(() => operations.stop());
    const recall = () => loadClockSkews({ clockAheadAllowed: minutes(1), clockBehindAllowed: minutes(15) }, operations);
    await operations.changeRegistry([
      { kind: 'put-station', station: aStation() },
      { kind: 'put-device', device: aDevice({ id: 'a' }) },
    ]);
    const first = recall();
    first.note(
      batchOf(
        aRun([]),
        Array.from({ length: 6 }, () => packet(-minutes(5).ms)),
      ),
    );
    const changed = first.takeChanged(['a', 'b']);
    expect(changed).toEqual([{ device: 'a', ahead: minutes(5), refusedAt: undefined }]);
    first.note(batchOf(aRun([]), [packet(-minutes(5).ms + 100)]));
    expect(first.takeChanged(['a'])).toEqual([]);
    await operations.noteClocks(changed);
    expect(recall().of('a', every)).toMatchObject({ isWrong: true, ahead: minutes(5) });
    first.note(batchOf(aRun([]), [refusal]));
    await operations.noteClocks(first.takeChanged(['a']));
    expect(recall().of('a', every)).toEqual(refused);
    await operations.changeRegistry([{ kind: 'remove-device', device: 'a' }]);
    await operations.noteClocks([]);
    expect(operations.clockNotes()).toEqual([]);
  });
});
