import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRandom, keyOf, type Random } from '#firmware-sim/random.ts';
import { Qualifier } from '#ingest/qualify/qualifier.ts';
import { requalifyDue } from '#ingest/requalifier.ts';
import { storingSteps } from '#ingest/storing.ts';
import { addUp, balance } from '#ingest/ledger/balance.ts';
import { verify } from '#ingest/ledger/verify.ts';
import { openSqliteOperations } from '#storage/operations/sqlite/sqlite.ts';
import { storeRun } from '#ingest/pipeline.ts';
import { makeReadSteps } from '#ingest/read-steps.ts';
import { makeIngestMetrics } from '#ingest/metrics/metrics.ts';
import { hours, minutes } from '#model/base/duration.ts';
import { hourOf, type Instant } from '#model/base/instant.ts';
import type { Entry } from '#model/readings/packet.ts';
import type { Registry } from '#model/registry/registry.ts';
import { aDevice, aStation } from '#test/support/servers/api.ts';
import { MORNING, never, rowsOf } from '#test/support/builders/readings.ts';
import { manualClock } from '#test/support/clocks/manual-clock.ts';
import { silentLog } from '#test/support/fakes/silent-log.ts';
import { STORE_HARNESSES } from '#test/support/builders/store-harness.ts';

const DEVICES = ['dev-1', 'dev-2', 'dev-3', 'dev-4', 'dev-5', 'dev-6'];
const SPAN = hours(48);
const EVERY = minutes(10);
const PROPERTIES = ['pm2_5', 'pm10', 'temperature'] as const;

/** One observation as its device holds it. */
interface Held {
  readonly device: string;
  readonly time: Instant;
  readonly values: Readonly<Record<string, number | string>>;
}

type Values = Record<(typeof PROPERTIES)[number], number>;

/** Most values are good; some are beyond what the sensor can measure, unusual, or cannot stand beside each other. */
const valuesOf = (random: Random): Values => {
  const whole = 20 + Math.floor(random.next() * 400) / 10;
  const values = { pm2_5: whole - 10, pm10: whole, temperature: 24 + Math.floor(random.next() * 80) / 10 };
  if (random.chance(0.02)) return { ...values, pm2_5: whole * 3 };
  if (random.chance(0.02)) return { ...values, pm10: 2_500 };
  return random.chance(0.02) ? { ...values, pm2_5: 400, pm10: 700 } : values;
};

/** Values are sent with one decimal; with a second one they are others. */
const otherThan = ({ pm2_5, pm10, temperature }: Values): Values => ({
  pm2_5: pm2_5 + 0.05,
  pm10: pm10 + 0.05,
  temperature: temperature + 0.05,
});

/** Two days of a fleet: what was observed, what is sent twice (5 %) and what is later put right (1 %). */
const twoDays = (random: Random) => {
  const observed: Held[] = DEVICES.flatMap((device) =>
    Array.from({ length: SPAN.ms / EVERY.ms }, (_, step) => {
      const values = valuesOf(random);
      const refused = random.chance(0.01) ? { humidity_of_the_soil: 3 } : {};
      return { device, time: MORNING - SPAN.ms + step * EVERY.ms, values: { ...values, ...refused } };
    }),
  );
  const twice: Held[] = [];
  const putRight: Held[] = [];
  for (const held of observed) {
    const { device, time, values } = held;
    if (random.chance(0.05)) twice.push(held);
    else if (random.chance(0.01 / 0.95)) {
      putRight.push({ device, time, values: { ...values, ...otherThan(valuesOf(random)) } });
    }
  }
  return { observed, twice, putRight };
};

type TwoDays = ReturnType<typeof twoDays>;

const shuffled = <T>(list: readonly T[], random: Random): T[] =>
  list
    .map((one) => ({ one, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);

/** As the devices lived through it: one observation a packet, in order, a second time or put right a little later. */
const asItHappened = ({ observed, twice, putRight }: TwoDays): readonly (readonly Held[])[] =>
  [
    ...observed.map((held) => ({ held, at: held.time })),
    ...[...twice, ...putRight].map((held) => ({ held, at: held.time + 3.5 * EVERY.ms })),
  ]
    .sort((a, b) => a.at - b.at)
    .map(({ held }) => [held]);

/** As a backlog: the newest first, then everything else in arrays and no order, with what was put right behind it. */
const asABacklog = ({ observed, twice, putRight }: TwoDays, random: Random): readonly (readonly Held[])[] => {
  const isNewest = ({ time }: Held): boolean => time === MORNING - EVERY.ms;
  const arraysOf = (all: readonly Held[]): readonly (readonly Held[])[] =>
    DEVICES.flatMap((device) => {
      const theirs = shuffled(
        all.filter((held) => held.device === device),
        random,
      );
      return Array.from({ length: Math.ceil(theirs.length / 40) }, (_, i) => theirs.slice(i * 40, (i + 1) * 40));
    });
  const rest = observed.filter((held) => !isNewest(held));
  return [
    ...observed.filter(isNewest).map((held) => [held]),
    ...shuffled(arraysOf([...rest, ...twice]), random),
    ...shuffled(arraysOf(putRight), random),
  ];
};

const registry: Registry = {
  revision: 1,
  stations: new Map([['ST1', aStation()]]),
  devices: new Map(DEVICES.map((id) => [id, aDevice({ id })])),
  gateways: new Map(),
  profiles: new Map(),
};

const entryOf = (packet: readonly Held[], sequence: number): Entry => {
  const [first] = packet;
  const device = first?.device ?? '';
  const payload = packet.map(({ time, values }) => ({ time, values }));
  return {
    kind: 'readings',
    sender: device,
    connection: 1,
    topic: `v1/${device}/readings`,
    qos: 1,
    dup: false,
    packetId: 1,
    receivedAt: MORNING + sequence * 10,
    sequence,
    payload: Buffer.from(JSON.stringify(payload.length === 1 ? payload[0] : payload)),
  };
};

/** Every reading by its key, with the value that was sent last: a model that knows nothing of batches and watermarks. */
const lastSent = (packets: readonly (readonly Held[])[]): ReadonlyMap<string, number> =>
  new Map(
    packets
      .flat()
      .flatMap(({ device, time, values }) =>
        PROPERTIES.map((property): [string, number] => [`${device} ${property} ${time}`, Number(values[property])]),
      ),
  );

describe.for(STORE_HARNESSES.map((make) => make()))('a backlog of two days into $name', (harness) => {
  const folder = mkdtempSync(join(tmpdir(), 'klawing-'));

  /** Takes packets all the way, in batches of any size. */
  const run = async (packets: readonly (readonly Held[])[], random: Random) => {
    const store = await harness.start();
    const operations = openSqliteOperations(':memory:');
    // the trusted clock counts parts of milliseconds
    const clock = manualClock();
    const trustedClock = { now: () => clock.now() + 0.25 };
    const deps = {
      operations,
      store,
      metrics: makeIngestMetrics(silentLog()),
      trustedClock,
      qualifier: new Qualifier(() => []),
      signal: never,
    };
    const steps = {
      ...makeReadSteps(),
      ...storingSteps({
        ...deps,
        endReplay: () => Promise.resolve(),
        onStored: () => undefined,
      }),
    };
    const entries = packets.map((packet, index) => entryOf(packet, index + 1));
    for (let from = 1; from <= entries.length; ) {
      const to = Math.min(entries.length, from + Math.floor(random.next() * 60));
      await storeRun({ journal: 'j', from, to, entries: entries.slice(from - 1, to), registry }, steps);
      from = to + 1;
    }
    await clock.advance(minutes(1));
    const known = { ...operations, registry: () => registry };
    await requalifyDue({ ...deps, operations: known, versions: () => [], between: (call) => call() });
    expect(operations.lateSeries(Number.MAX_SAFE_INTEGER, 0)).toEqual([]);
    const all = { device: undefined, fromHour: hourOf(MORNING), toHour: hourOf(MORNING) + 24 };
    const counts = entries.map(({ sender, receivedAt }) => ({ sender, hour: hourOf(receivedAt), count: 1 }));
    const received = { journal: 'j', through: entries.length, counts };
    const lines = balance(received, operations.messageCounts(all), operations.readingCounts(all), []);
    const outcome = {
      rows: await rowsOf(store),
      sums: addUp(lines),
      verification: await verify(operations, store, () => undefined, never),
    };
    await operations.stop();
    await store.stop();
    return outcome;
  };

  describe.skipIf(harness.missing !== undefined)(harness.missing ?? 'the run', harness.options, () => {
    beforeAll(() => harness.prepare(folder));
    afterAll(async () => {
      await harness.end();
      rmSync(folder, { recursive: true, force: true });
    });

    test('ends in the rows, flags and counts of the live run', async () => {
      const random = createRandom(keyOf(1, 'backlog', harness.name));
      const sent = twoDays(random);
      const packets = asABacklog(sent, random);
      const live = await run(asItHappened(sent), random);
      const late = await run(packets, random);

      expect(late.rows).toEqual(live.rows);
      expect(new Set(late.rows.map(({ flag }) => flag))).toEqual(new Set([1, 3, 4]));
      const model = lastSent(packets);
      expect(new Map(late.rows.map((row) => [`${row.device} ${row.property} ${row.observedAt}`, row.value]))).toEqual(
        model,
      );
      expect(late.rows).toHaveLength(model.size);

      const { decoded, stored, duplicates, refused, revised } = live.sums;
      expect(late.sums).toMatchObject({ decoded, stored, duplicates, refused, revised, balanced: true });
      expect(live.sums.balanced).toBe(true);
      expect(duplicates).toBe(sent.twice.length * PROPERTIES.length);
      expect(stored).toBe(model.size + revised);
      expect(revised).toBe(sent.putRight.length * PROPERTIES.length);
      expect(revised).toBeGreaterThan(30);
      expect(refused).toBeGreaterThan(0);
      for (const { verification } of [live, late])
        expect(verification).toMatchObject({ verified: true, mismatched: 0 });
    });
  });
});
