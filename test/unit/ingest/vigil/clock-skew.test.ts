import { describe, expect, test } from 'vitest';
import type { Settled } from '#ingest/batch.ts';
import { ClockSkews } from '#ingest/vigil/clock-skew.ts';
import { hours, minutes } from '#model/duration.ts';
import { Fault } from '#model/fault.ts';
import { packetOf } from '#test/support/packets.ts';
import { aReading } from '#test/support/readings.ts';

const NOW = 1_795_489_200_000;
const every = minutes(1);

/** A packet that was observed so long before it arrived. */
const packet = (delay: number, refused: Settled['refused'] = []): Settled => ({
  entry: { ...packetOf(1, { sender: 'a', receivedAt: NOW }), sequence: 1 },
  ...{ codec: 'json', codecVersion: 1, refused, missing: 0 },
  observations:
    refused.length > 0 ? [] : [{ id: undefined, readings: [aReading({ device: 'a', observedAt: NOW - delay })] }],
});

const after = (...delays: readonly number[]): ClockSkews => {
  const skews = new ClockSkews();
  skews.note(delays.map((delay) => packet(delay)));
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

  test('is wrong at once when a time is refused, until one is accepted', () => {
    const skews = new ClockSkews();
    skews.note([packet(0, [{ place: '', fault: new Fault('TIME_AHEAD', 'x'), readings: 1 }])]);
    expect(skews.of('a', every)).toEqual({ ahead: undefined, isWrong: true, refusedAt: NOW });
    skews.note([packet(0)]);
    expect(skews.of('a', every)).toBeUndefined();
  });
});
