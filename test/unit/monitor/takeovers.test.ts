import { describe, expect, test } from 'vitest';
import { Takeovers } from '#monitor/takeovers.ts';
import { minutes, seconds } from '#model/base/duration.ts';
import { writeConnected } from '#model/readings/connected.ts';
import { type Arrival, entriesOf, STARTED } from '#test/support/builders/arrivals.ts';
import { MORNING } from '#test/support/builders/readings.ts';

const open = (connection: number, at: number, clientId = 'dev-1'): Arrival => ({
  kind: 'connected',
  connection,
  receivedAt: MORNING + at,
  payload: Buffer.from(writeConnected({ clientId, isKept: false })),
});
const close = (connection: number, at: number): Arrival => ({
  kind: 'disconnected',
  connection,
  receivedAt: MORNING + at,
  payload: Buffer.from('dev-1'),
});

const counted = (arrivals: readonly Arrival[], now = MORNING): number | undefined => {
  const takeovers = new Takeovers(MORNING);
  for (const entry of entriesOf(arrivals)) takeovers.note([entry]);
  return takeovers.of('dev-1', now);
};

const contested = (times: number, every: number): readonly Arrival[] =>
  Array.from({ length: times + 1 }, (_, i) => [
    open(i + 1, i * every),
    ...(i === 0 ? [] : [close(i, i * every + 1)]),
  ]).flat();

describe('takeovers of an identity', () => {
  test('count from five in ten minutes on', () => {
    expect(counted(contested(4, 1_000))).toBeUndefined();
    expect(counted(contested(5, 1_000))).toBe(5);
    expect(counted(contested(12, 1_000))).toBe(12);
    expect(counted(contested(5, 1_000), MORNING + minutes(11).ms)).toBeUndefined();
    expect(counted(contested(9, minutes(3).ms), MORNING + minutes(27).ms)).toBeUndefined();
  });

  test('are none where the former connection has ended, where the client ids differ, and behind a start of the broker', () => {
    const again = Array.from({ length: 9 }, (_, i) => [open(i + 1, i), close(i + 1, i)]).flat();
    expect(counted(again)).toBeUndefined();
    expect(counted(Array.from({ length: 9 }, (_, i) => open(i + 1, i, `dev-1.${i}`)))).toBeUndefined();
    expect(counted(Array.from({ length: 9 }, (_, i) => [STARTED, open(1, i)]).flat())).toBeUndefined();
  });

  test('are known ten minutes after the start', () => {
    const takeovers = new Takeovers(MORNING);
    expect(takeovers.isKnown(MORNING + seconds(599).ms)).toBe(false);
    expect(takeovers.isKnown(MORNING + minutes(10).ms)).toBe(true);
  });
});
