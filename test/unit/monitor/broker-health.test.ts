import { describe, expect, test } from 'vitest';
import { makeBrokerProbe, START_GRACE } from '#monitor/broker-health.ts';
import { milliseconds, minutes, seconds } from '#model/base/duration.ts';
import { Fault } from '#model/base/fault.ts';
import type { BrokerHealth } from '#model/base/broker-api.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { MORNING } from '#test/support/builders/readings.ts';

const HEALTH: BrokerHealth = {
  journal: { id: 'j', first: 1, last: 7, segments: 1, bytes: 512, lastCommitMs: 1, commits: 7 },
  connections: 2,
  otherVersions: [],
};

const start = () => {
  const clock = manualClock(MORNING);
  const broker = { isUp: false, hasAnswered: false };
  const health = async (): Promise<BrokerHealth> => {
    broker.hasAnswered ||= broker.isUp;
    if (broker.isUp) return HEALTH;
    throw new Fault('BROKER_UNREACHABLE', 'nobody listens at broker.sock', { retry: true });
  };
  return { clock, broker, ask: makeBrokerProbe({ health, hasAnswered: () => broker.hasAnswered }, clock) };
};

describe('a broker that does not answer', () => {
  test('is starting, and not down, for a while after ingest has begun', async () => {
    const { clock, ask } = start();
    expect((await ask()).down).toEqual({ since: MORNING, why: 'nobody listens at broker.sock', isStarting: true });
    await clock.advance(milliseconds(START_GRACE.ms - 1));
    expect((await ask()).down?.isStarting).toBe(true);
    await clock.advance(milliseconds(1));
    expect((await ask()).down).toMatchObject({ since: MORNING, isStarting: false });
  });

  test('is down at once when it has answered before', async () => {
    const { clock, broker, ask } = start();
    broker.isUp = true;
    expect(await ask()).toEqual({ health: HEALTH, down: undefined });
    broker.isUp = false;
    await clock.advance(seconds(1));
    expect((await ask()).down).toMatchObject({ since: MORNING + 1_000, isStarting: false });
  });

  test('is down at once when it has answered another question before', async () => {
    const { broker, ask } = start();
    broker.hasAnswered = true;
    expect((await ask()).down).toMatchObject({ isStarting: false });
  });

  test('is down since its first missing answer, and anew after each that it gave', async () => {
    const { clock, broker, ask } = start();
    broker.isUp = true;
    await ask();
    for (const isUp of [false, false, true, false]) {
      broker.isUp = isUp;
      await clock.advance(minutes(1));
      await ask();
    }
    expect((await ask()).down?.since).toBe(MORNING + minutes(4).ms);
  });
});
