import { describe, expect, onTestFinished, test } from 'vitest';
import { minutes, seconds } from '#model/base/duration.ts';
import { formatInstant } from '#model/base/instant.ts';
import { type State, StateMessage } from '#model/registry/state.ts';
import { startStateTopics } from '#state/state-topics.ts';
import { eventually } from '#test/support/eventually.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { linkTo, socketBroker } from '#test/support/servers/socket-broker.ts';

const NOW = Date.parse('2026-11-24T03:00:00Z');

const valueOf = (value: number): NonNullable<State['value']> => ({
  device: 'g',
  property: 'stage',
  title: { id: 'Tinggi muka air', en: 'Stage' },
  unit: 'm',
  unit_text: 'm',
  decimals: 3,
  value,
  reason: null,
  flag: 1,
  observed_at: formatInstant(NOW),
  received_at: formatInstant(NOW),
  timed_by: 'device',
  last_valid: null,
  assurance: 'valid',
});

const stateOf = (station: string, value: number, assurance: State['assurance'] = 'valid'): State => {
  const level = value >= 3.5 ? ('siaga' as const) : ('normal' as const);
  const hazard: State['hazard'] = {
    name: 'river',
    level,
    rank: level === 'siaga' ? 2 : 0,
    word: { id: level, en: level },
    reason: null,
    device: 'g',
  };
  const shown = { hazard, assurance, value: valueOf(value) };
  return {
    station,
    name: station,
    family: 'river',
    at: formatInstant(NOW),
    ...shown,
    system: { state: 'in-order', devices: 1, of: 1 },
    devices: [
      { device: 'g', ...shown, system: { state: 'in-order', since: null, cause: null }, values: [valueOf(value)] },
    ],
  };
};

/** Topics over a real socket; the registered stations may be changed. */
const bench = async (stations: string[], measured: readonly string[] = []) => {
  const clock = manualClock();
  const broker = await socketBroker();
  const link = linkTo(broker.socketPath);
  const topics = startStateTopics({
    clock,
    log: silentLog(),
    stations: () => stations,
    measured: () => measured,
    publish: (topic, payload, signal) => link.publish({ topic, payload, qos: 1, retain: true }, signal),
  });
  onTestFinished(() => topics.stop());
  /** Topic and body of each call, in order. */
  const heard = () =>
    broker.heard.map(({ call, body }) => ({
      station: /v1%2Fstations%2F([^%]+)%2Fstate/.exec(call)?.[1] ?? call,
      isRetained: call.includes('retain=true'),
      state: body === '' ? undefined : StateMessage.parse(JSON.parse(body)),
    }));
  const until = (count: number): Promise<void> =>
    eventually(async () => {
      await clock.advance(seconds(0.25));
      expect(heard()).toHaveLength(count);
    });
  return { clock, broker, topics, heard, until };
};

describe('the retained state of a station', () => {
  test('is published at once where hazard or assurance change, and once a minute where values do', async () => {
    const { clock, topics, heard, until } = await bench(['PBG-R03']);
    topics.changed([stateOf('PBG-R03', 3.4)]);
    await until(1);
    expect(heard()[0]).toMatchObject({ station: 'PBG-R03', isRetained: true, state: { hazard: { rank: 0 } } });
    expect(heard()[0]?.state?.devices[0]).not.toHaveProperty('values');
    topics.changed([stateOf('PBG-R03', 3.45)]);
    await clock.advance(seconds(10));
    topics.changed([stateOf('PBG-R03', 3.62)]);
    await until(2);
    expect(heard()[1]?.state).toMatchObject({ hazard: { rank: 2 }, value: { value: 3.62 } });
    topics.changed([stateOf('PBG-R03', 3.62, 'stale')]);
    await until(3);
    topics.changed([stateOf('PBG-R03', 3.7, 'stale')]);
    await clock.advance(seconds(50));
    expect(heard()).toHaveLength(3);
    await clock.advance(minutes(1));
    await until(4);
    expect(heard()[3]?.state).toMatchObject({ value: { value: 3.7 } });
  });

  test('is published again when the broker is new, and when it was away', async () => {
    const { clock, broker, topics, heard, until } = await bench(['A', 'B']);
    topics.changed([stateOf('A', 1), stateOf('B', 4)]);
    await until(2);
    topics.brokerIsNew();
    await until(4);
    expect(
      heard()
        .slice(2)
        .map(({ station }) => station)
        .toSorted(),
    ).toEqual(['A', 'B']);
    await broker.goAway();
    topics.changed([stateOf('A', 4)]);
    await clock.advance(seconds(1));
    await broker.comeBack();
    await eventually(async () => {
      await clock.advance(seconds(1));
      expect(heard().at(-1)).toMatchObject({ station: 'A', state: { hazard: { rank: 2 } } });
    });
  });

  test('is deleted with its station, also one that was removed while nothing ran', async () => {
    const stations = ['A', 'B'];
    const { topics, heard, until } = await bench(stations, ['A', 'FORMER']);
    topics.changed([stateOf('A', 1), stateOf('B', 1)]);
    await until(3);
    expect(heard().find(({ station }) => station === 'FORMER')).toMatchObject({ isRetained: true, state: undefined });
    stations.pop();
    await until(4);
    expect(heard()[3]).toMatchObject({ station: 'B', state: undefined });
  });
});
