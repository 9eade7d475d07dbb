import { describe, expect, test } from 'vitest';
import type { Batch } from '#ingest/batch.ts';
import type { AssignedTime } from '#storage/operations/storing.ts';
import { prepare } from '#ingest/pipeline.ts';
import { Redeliveries } from '#ingest/dedupe/redelivered.ts';
import { preparingWith } from '#ingest/prepare-with.ts';
import { aDevice, aStation } from '#test/support/servers/api.ts';
import { type Arrival, connected, entriesOf, STARTED } from '#test/support/builders/arrivals.ts';
import { MORNING } from '#test/support/builders/readings.ts';

const preparePacket = preparingWith({
  ...{ revision: 1, stations: new Map([['ST1', aStation()]]), devices: new Map([['dev-1', aDevice()]]) },
  gateways: new Map(),
});

const batchOf = (from: number, ...arrivals: readonly Arrival[]): Batch => {
  const entries = entriesOf(arrivals, from);
  return prepare('j', entries, from, from + entries.length - 1, { preparePacket });
};

const nothingNoted = { assignedTo: () => undefined, brokerRun: () => 0, keptClient: () => undefined };

/** Arrivals of what is left of a batch. */
const left = ({ packets }: Batch): readonly number[] =>
  packets.flatMap(({ observations }) =>
    observations.flatMap(({ readings }) => readings.map(({ receivedAt }) => receivedAt - MORNING)),
  );

const sent = (ms: number, given: Arrival = {}): Arrival => ({
  ...{ receivedAt: MORNING + ms, body: { pm2_5: 40 } },
  ...given,
});

describe('the alerting reader', () => {
  test('sees a reading without a time once, however often it is sent, and every other one', () => {
    const redeliveries = new Redeliveries(nothingNoted);
    const numbered = (id: number, pm25: number) => ({ body: { id, pm2_5: pm25 } });
    expect(
      left(redeliveries.without(batchOf(1, STARTED, connected(1, true), sent(0), sent(1, { packetId: 2 })))),
    ).toEqual([0, 1]);
    const again = batchOf(5, connected(2, true), sent(2, { connection: 2, dup: true }), sent(3, { connection: 2 }));
    expect(left(redeliveries.without(again))).toEqual([3]);
    const numbers = batchOf(8, sent(4, numbered(0, 1)), sent(5, numbered(0, 1)), sent(6, numbered(0, 2)));
    expect(left(redeliveries.without(numbers))).toEqual([4, 6]);
  });

  test('sees every reading with a time: a redelivery names the same one', () => {
    const redeliveries = new Redeliveries(nothingNoted);
    const batch = batchOf(1, ...[0, 1].map((ms) => sent(ms, { body: { time: MORNING, id: 1, pm2_5: 1 }, dup: true })));
    expect(redeliveries.without(batch)).toBe(batch);
  });

  test('sees the same in a batch that has to be taken again', () => {
    const redeliveries = new Redeliveries(nothingNoted);
    const batch = batchOf(1, STARTED, connected(1, true), sent(0), sent(1, { dup: true }));
    expect(left(redeliveries.without(batch))).toEqual([0]);
    expect(left(redeliveries.without(batch))).toEqual([0]);
  });

  test('goes on after a restart by what the storing reader has noted, which may be ahead', () => {
    let noted: AssignedTime | undefined;
    const redeliveries = new Redeliveries({
      ...nothingNoted,
      assignedTo: (device, identity) => {
        const times = [{ observedAt: MORNING, properties: ['pm2_5'] }];
        noted ??= { device, identity, content: '', times, receivedAt: MORNING };
        return noted;
      },
    });
    const numbered = { body: { id: 0, pm2_5: 1 } };
    expect(left(redeliveries.without(batchOf(1, sent(0, numbered))))).toEqual([0]);
    const restarted = new Redeliveries({ ...nothingNoted, assignedTo: () => noted });
    expect(left(restarted.without(batchOf(2, sent(1_000, numbered))))).toEqual([]);
  });
});
