import { describe, expect, onTestFinished, test } from 'vitest';
import { startStateFeed, type StateFeed } from '#state/state-feed.ts';
import { seconds } from '#model/base/duration.ts';
import { formatInstant } from '#model/base/instant.ts';
import type { State } from '#model/registry/state.ts';
import { type ManualClock, manualClock } from '#test/support/clocks/manual-clock.ts';

const HAZARD = {
  name: 'river',
  level: 'normal',
  rank: 0 as const,
  word: { id: 'Normal', en: 'Normal' },
  reason: null,
  device: 'g',
};

interface Bench {
  readonly clock: ManualClock;
  readonly feed: StateFeed;
  readonly names: Map<string, string>;
  readonly told: string[];
  /** Stations that were computed. */
  readonly asked: string[];
  isHeard: boolean;
}

/** A feed over stations whose states differ by their names alone. */
const bench = (stations: readonly string[]): Bench => {
  const clock = manualClock();
  const names = new Map(stations.map((id) => [id, id]));
  const asked: string[] = [];
  const told: string[] = [];
  const stateOf = (id: string): State => ({
    station: id,
    name: names.get(id) ?? '',
    family: 'river',
    at: formatInstant(clock.now()),
    hazard: HAZARD,
    assurance: 'valid',
    system: { state: 'in-order', devices: 1, of: 1 },
    value: null,
    devices: [],
  });
  const of = (ids: Iterable<string>): readonly State[] => {
    const wanted = [...new Set(ids)];
    asked.push(...wanted);
    return wanted.map(stateOf);
  };
  const made = { clock, names, told, asked, isHeard: true };
  const feed = startStateFeed({
    clock,
    states: { all: () => of(stations), of },
    stations: () => stations,
    isHeard: () => made.isHeard,
    publish: (changed) => told.push(...changed.map(({ name }) => name)),
  });
  onTestFinished(() => feed.stop());
  return Object.assign(made, { feed });
};

describe('the feed of states', () => {
  test('tells of a station soon after its values, once, and only where its state has changed', async () => {
    const { clock, feed, names, told } = bench(['A', 'B']);
    await clock.advance(seconds(5));
    expect(told.toSorted()).toEqual(['A', 'B']);
    names.set('A', 'A above');
    feed.touched(['A', 'B', 'A']);
    await clock.advance(seconds(0.25));
    expect(told.slice(2)).toEqual(['A above']);
    feed.touched(['A']);
    await clock.advance(seconds(5));
    expect(told.slice(2)).toEqual(['A above']);
  });

  test('notices within five seconds what no value tells of', async () => {
    const stations = Array.from({ length: 45 }, (_, i) => `S${i}`);
    const { clock, names, told } = bench(stations);
    await clock.advance(seconds(5));
    expect(told).toHaveLength(45);
    for (const id of stations) names.set(id, `${id} stale`);
    await clock.advance(seconds(5));
    expect(told.slice(45).toSorted()).toEqual(stations.map((id) => `${id} stale`).toSorted());
  });

  test('computes once a second while nobody follows', async () => {
    const made = bench(['A']);
    await made.clock.advance(seconds(5));
    made.isHeard = false;
    await made.clock.advance(seconds(1));
    const before = made.asked.length;
    for (let i = 0; i < 4; i += 1) {
      made.names.set('A', `A ${i}`);
      made.feed.touched(['A']);
      await made.clock.advance(seconds(0.25));
    }
    expect(made.asked.slice(before)).toEqual(['A']);
  });
});
