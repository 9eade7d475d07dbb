import { describe, expect, onTestFinished, test } from 'vitest';
import { Qualifier } from '#ingest/qualify/qualifier.ts';
import { storingSteps } from '#ingest/storing.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { storeRun } from '#ingest/pipeline.ts';
import { makeReadSteps } from '#ingest/read-steps.ts';
import { makeIngestMetrics } from '#ingest/metrics/metrics.ts';
import { days, hours } from '#model/base/duration.ts';
import { formatInstant, type Instant } from '#model/base/instant.ts';
import { aDevice, aStation } from '#test/support/servers/api.ts';
import { type Arrival, connected, entriesOf, STARTED } from '#test/support/builders/arrivals.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { memoryStore, wholeStore } from '#test/support/fakes/memory-store.ts';
import { MORNING as START } from '#test/support/builders/readings.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';

const YEAR = days(365).ms;
const TIME = formatInstant(START);

/** Takes packets of one device through the pipeline into a store in memory. The trusted clock stands at `START`. */
const keeping = async () => {
  const store = memoryStore('appends');
  const operations = openSqliteOperations(':memory:');
  onTestFinished(() => operations.stop());
  await operations.changeRegistry([
    { kind: 'put-station', station: aStation() },
    { kind: 'put-device', device: aDevice() },
  ]);
  const trustedClock = manualClock(START);
  const asked: number[] = [];
  const whole = wholeStore(store);
  const steps = storingSteps({
    qualifier: new Qualifier(() => []),
    operations,
    trustedClock,
    metrics: makeIngestMetrics(silentLog()),
    store: {
      ...whole,
      lookUp: (keys, signal) => {
        asked.push(keys.length);
        return whole.lookUp(keys, signal);
      },
    },
    signal: new AbortController().signal,
    endReplay: () => Promise.resolve(),
    onStored: () => undefined,
  });
  let through = 0;
  /** Takes entries as one batch. */
  const take = async (...arrivals: readonly Arrival[]): Promise<void> => {
    const entries = entriesOf(arrivals, through + 1);
    const range = { journal: 'j', from: through + 1, to: through + entries.length };
    await storeRun({ ...range, entries, registry: operations.registry() }, { ...makeReadSteps(), ...steps });
    through += entries.length;
  };
  const rows = () =>
    store.rows().map(({ observedAt, value, timedBy }) => [observedAt - START, value, timedBy] as const);
  return { trustedClock, operations, take, rows, asked, store };
};

describe('readings with a time', () => {
  test('of two ids in one millisecond are two, and each is recognised when it comes again', async () => {
    const { take, rows } = await keeping();
    const [one, two] = ['1', '2'].map((id) => ({ body: { time: TIME, id, values: { pm2_5: 0.2 } } }));
    for (const sent of [one, two, two, one]) await take(sent ?? {});
    expect(rows()).toEqual([
      [0, 0.2, 'device'],
      [1, 0.2, 'shifted'],
    ]);
  });

  test('of one id are one: the later value counts, also where it was moved', async () => {
    const { take, rows } = await keeping();
    const send = (id: number, pm25: number): Arrival => ({ body: { time: TIME, id, values: { pm2_5: pm25 } } });
    await take(send(1, 1), send(2, 2));
    await take(send(2, 3), send(1, 4));
    expect(rows()).toEqual([
      [1, 3, 'shifted'],
      [0, 4, 'device'],
    ]);
  });

  test('are told apart by each digit of a long id', async () => {
    const { take, rows } = await keeping();
    for (const id of ['9007199254740992', '9007199254740993', '9007199254740992'])
      await take({ payload: Buffer.from(`{"time":"${TIME}","id":${id},"pm2_5":1}`) });
    expect(rows()).toHaveLength(2);
  });

  test('do not meet one that is timed by its arrival', async () => {
    const { take, rows } = await keeping();
    await take({ body: { pm2_5: 1 } });
    await take({ body: { time: TIME, pm2_5: 2 } });
    await take({ body: { time: TIME, pm2_5: 2 } });
    expect(rows()).toEqual([
      [0, 1, 'arrival'],
      [1, 2, 'shifted'],
    ]);
  });

  test('share a time where they say different properties', async () => {
    const { take, store } = await keeping();
    await take({ body: { time: TIME, id: 1, pm2_5: 1 } });
    await take({ body: { time: TIME, id: 2, pm10: 2 } });
    await take({ body: { time: TIME, id: 1, pm10: 3 } });
    expect(store.rows().map(({ property, observedAt }) => [property, observedAt - START])).toEqual([
      ['pm2_5', 0],
      ['pm10', 0],
      ['pm10', 1],
    ]);
  });

  test('of very many ids in one millisecond are all kept, by few look-ups', async () => {
    const { take, rows, asked } = await keeping();
    for (let packet = 0; packet < 5; packet += 1) {
      await take({ body: Array.from({ length: 200 }, (_, i) => ({ time: TIME, id: packet * 200 + i, pm2_5: 0.2 })) });
    }
    expect(rows().map(([at]) => at)).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
    expect(asked).toEqual([]);
  });

  test('find their place by few look-ups where nothing is remembered of those that hold it', async () => {
    const { take, rows, asked, trustedClock } = await keeping();
    await take({ body: Array.from({ length: 500 }, (_, i) => ({ time: formatInstant(START + i), pm2_5: 1 })) });
    await trustedClock.advance(days(2));
    await take({ receivedAt: START + days(2).ms, body: { time: TIME, id: 1, pm2_5: 2 } });
    expect(rows().at(-1)).toEqual([500, 2, 'shifted']);
    expect(asked.length).toBeLessThan(9);
  });

  test('go behind everything where the milliseconds of ten seconds are taken', async () => {
    const { take, rows } = await keeping();
    for (let second = 0; second < 11; second += 1) {
      const from = START + second * 1_000;
      await take({ body: Array.from({ length: 1_000 }, (_, i) => ({ time: formatInstant(from + i), pm2_5: 1 })) });
    }
    await take({ body: { time: formatInstant(START + 60_000), pm2_5: 1 } });
    await take({ body: { time: TIME, id: 1, pm2_5: 2 } });
    expect(rows().at(-1)).toEqual([60_001, 2, 'shifted']);
  });

  test('in their order need no look-up, late ones one for a batch', async () => {
    const { take, asked } = await keeping();
    const at = (minute: number): Arrival => ({ body: { time: formatInstant(START - minute * 60_000), pm2_5: 1 } });
    await take(at(9), at(8), at(2));
    expect(asked).toEqual([]);
    await take(at(7), at(6), at(1), at(2));
    expect(asked).toEqual([3]);
  });
});

describe('a backlog in any order', () => {
  test('has the same values at the same times', async () => {
    const readings = [0, 1, 2, 3].flatMap((second) =>
      [1, 2, 3].map((tip) => ({ time: formatInstant(START + second), id: `${second}.${tip}`, rainfall: 0.2 })),
    );
    const orders = [readings, readings.toReversed(), readings.filter((_, i) => i % 2 === 0).concat(readings)];
    for (const order of orders) {
      const { take, operations, rows } = await keeping();
      await operations.changeRegistry([{ kind: 'put-station', station: aStation({ family: 'weather' }) }]);
      for (let from = 0; from < order.length; from += 5) await take({ body: order.slice(from, from + 5) });
      expect(
        rows()
          .map(([at]) => at)
          .toSorted((a, b) => a - b),
      ).toEqual(Array.from({ length: 12 }, (_, i) => i));
    }
  });
});

describe('readings without a time', () => {
  test('with an id that restarts are as many as their contents', async () => {
    const { take, rows } = await keeping();
    const send = (id: number, value: number, receivedAt: Instant): Arrival => ({
      receivedAt,
      body: { id, temperature: value },
    });
    await take(send(0, 21.3, START), send(0, 21.9, START + 1_000));
    await take(send(0, 22.4, START + 2_000), send(0, 21.3, START + 3_000));
    expect(rows()).toEqual([
      [0, 21.3, 'arrival'],
      [1_000, 21.9, 'arrival'],
      [2_000, 22.4, 'arrival'],
    ]);
  });

  test('with DUP on each first sending are news where the packet identifier is another', async () => {
    const { take, rows } = await keeping();
    const send = (packetId: number, receivedAt: Instant, dup = true): Arrival => ({
      packetId,
      dup,
      receivedAt,
      body: { pm2_5: 40 },
    });
    await take(send(1, START), send(2, START + 1_000), send(1, START + 1_500));
    await take(send(2, START + 2_000), send(3, START + 3_000));
    expect(rows().map(([at]) => at)).toEqual([0, 1_000, 3_000]);
  });

  test('are news where the packet identifier stands for another packet by now', async () => {
    const { take, rows } = await keeping();
    const send = (value: number, receivedAt: Instant, dup = false): Arrival => ({
      dup,
      receivedAt,
      body: { pm2_5: value },
    });
    await take(send(1, START));
    await take(send(2, START + 1_000));
    await take(send(1, START + 2_000, true));
    await take(send(1, START + 3_000, true));
    expect(rows().map(([at, value]) => [at, value])).toEqual([
      [0, 1],
      [1_000, 2],
      [2_000, 1],
    ]);
  });

  test('with equal bytes and no DUP, by QoS 0 or by HTTP, are as many as arrived', async () => {
    const { take, rows } = await keeping();
    for (const packetId of [1, 0, 0]) await take({ packetId, qos: 0, body: { pm2_5: 40 } });
    expect(rows().map(([at]) => at)).toEqual([0, 1, 2]);
  });

  test('are recognised on the next connection of a kept session, also after the broker was started anew', async () => {
    const { take, rows } = await keeping();
    await take(STARTED, connected(1, true), { body: { pm2_5: 40 } });
    await take(STARTED, connected(1, true), { body: { pm2_5: 40 }, dup: true, receivedAt: START + 1_000 });
    // on its way by the connection before, and journaled behind the next
    await take(connected(2, true), { body: { pm2_5: 40 }, dup: true, connection: 1, receivedAt: START + 2_000 });
    expect(rows().map(([at]) => at)).toEqual([0]);
  });

  test('are news on the next connection of a clean session, and on the same number after the broker was started anew', async () => {
    const { take, rows } = await keeping();
    await take(STARTED, connected(1, false), { body: { pm2_5: 40 } });
    await take({ body: { pm2_5: 40 }, dup: true, receivedAt: START + 500 });
    await take(connected(2, false), { connection: 2, body: { pm2_5: 40 }, dup: true, receivedAt: START + 1_000 });
    await take(STARTED, connected(1, false));
    await take({ body: { pm2_5: 40 }, dup: true, receivedAt: START + 2_000 });
    expect(rows().map(([at]) => at)).toEqual([0, 1_000, 2_000]);
  });

  test('that arrive in one millisecond after the clock was set back replace none', async () => {
    const { take, rows } = await keeping();
    await take({ body: { pm2_5: 1 } }, { body: { pm2_5: 2 }, receivedAt: START + 3_600_000 });
    await take({ body: { pm2_5: 3 } }, { body: { pm2_5: 4 }, receivedAt: START + 1 });
    await take({ body: { pm2_5: 5 } });
    expect(rows().map(([at, value]) => [at, value])).toEqual([
      [0, 1],
      [3_600_000, 2],
      [1, 3],
      [2, 4],
      [3, 5],
    ]);
  });

  test('are not driven into a future that ended as the clock was set back', async () => {
    const { take, rows } = await keeping();
    for (const receivedAt of [START + YEAR, START, START, START + 1_000])
      await take({ receivedAt, body: { pm2_5: 1 } });
    expect(rows().map(([at]) => at)).toEqual([YEAR, 0, 1, 1_000]);
  });
});

describe('identities are remembered', () => {
  const send = (id: string, receivedAt: Instant): Arrival => ({ receivedAt, body: { id, pm2_5: 1 } });

  test('though the clock leapt ahead by a year in between, and came back', async () => {
    const { trustedClock, take, rows } = await keeping();
    await take(send('first', START));
    await take(send('in the leap', START + YEAR));
    await take(send('first', START + YEAR + 1));
    await trustedClock.advance(hours(1));
    await take(send('after it', START + hours(1).ms));
    await take(send('first', START + hours(1).ms + 1));
    expect(rows()).toHaveLength(3);
  });

  test('in what waited for days for a store, as when it had been stored at once', async () => {
    const { trustedClock, take, rows } = await keeping();
    await trustedClock.advance(days(3));
    await take(send('first', START));
    await take(send('between', START + hours(23).ms));
    await take(send('first', START + hours(24).ms));
    expect(rows()).toHaveLength(2);
  });

  test('for a day of arrival, and with them who is connected', async () => {
    const { trustedClock, take, operations } = await keeping();
    await take(STARTED, connected(7, true), connected(8, true), send('first', START));
    await take({ kind: 'disconnected', connection: 8, payload: Buffer.from('dev-1') });
    await trustedClock.advance(days(1));
    await take(send('in time', START + days(1).ms));
    expect([operations.hasAssigned('dev-1'), operations.keptClient(8)]).toEqual([true, 'dev-1']);
    await trustedClock.advance(hours(25));
    await take(send('too late', START + days(2).ms + hours(1).ms));
    expect(operations.assignedFrom('dev-1', '"first"')).toEqual([]);
    expect(operations.assignedFrom('dev-1', '"too late"')).toHaveLength(1);
    expect([operations.keptClient(7), operations.keptClient(8)]).toEqual(['dev-1', undefined]);
  });

  test('and when they are not any more, the value tells a redelivery from another reading', async () => {
    const { trustedClock, take, rows } = await keeping();
    const at = (id: number, value: number, receivedAt: Instant): Arrival => ({
      receivedAt,
      body: { time: TIME, id, pm2_5: value },
    });
    await take(at(1, 5, START), at(2, 6, START));
    await trustedClock.advance(days(2));
    const later = START + days(2).ms;
    await take({ receivedAt: later, body: { time: formatInstant(later), id: 3, pm2_5: 7 } });
    await take(at(1, 5, later), at(2, 6, later), at(4, 8, later));
    expect(rows()).toEqual([
      [0, 5, 'device'],
      [1, 6, 'shifted'],
      [days(2).ms, 7, 'device'],
      [2, 8, 'shifted'],
    ]);
  });
});
