import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { QuarantineDocument, QuarantineList } from '#api/quarantine/schema.ts';
import type { QuarantinedPacket } from '#model/readings/quarantined-packet.ts';
import { makeReplayer } from '#ingest/replay/replayer.ts';
import { answerOf, type TestApi, testApi } from '#test/support/servers/api.ts';
import { anyBytes, anyText } from '#test/support/builders/hostile-text.ts';
import { MORNING } from '#test/support/builders/readings.ts';
import { NO_IDENTITIES } from '#test/support/builders/identities.ts';

const NOTHING = { messages: [], readings: [], rows: [], newestTimes: [], identities: NO_IDENTITIES };
const EVERY = { ids: undefined, device: undefined, code: undefined, from: undefined, to: undefined };

const anyPart = fc.record({
  place: anyText,
  code: fc.constantFrom('PAYLOAD_EMPTY' as const, 'PROPERTY_UNKNOWN' as const),
  detail: anyText,
  readings: fc.nat(9),
  further: fc.nat(9),
});

const anyPacket = fc.record({
  device: anyText,
  topic: anyText,
  codec: anyText,
  payload: anyBytes,
  dup: fc.boolean(),
  packetId: fc.nat(65_535),
  session: fc.option(anyText, { nil: undefined }),
  parts: fc.array(anyPart, { minLength: 1, maxLength: 3 }),
});

type Sent = Omit<QuarantinedPacket, 'journal' | 'sequence' | 'receivedAt' | 'codecVersion'>;

/** Puts packets away as the newest. */
const putAway = async ({ operations }: TestApi, sent: readonly Sent[], after: number): Promise<void> => {
  const quarantined = sent.map((packet, index) => ({
    ...packet,
    journal: 'j-1',
    sequence: after + index + 1,
    receivedAt: MORNING,
    codecVersion: 1,
  }));
  await operations.commitStored({
    ...NOTHING,
    cursor: { journal: 'j-1', sequence: after + sent.length },
    quarantined,
  });
};

const partsOf = ({ parts }: Sent) =>
  parts.map(({ place, detail, readings }) => ({
    place: place.toWellFormed(),
    detail: detail.toWellFormed(),
    readings,
  }));

/** Each packet is listed and shown as it was sent. */
const isTold = async (api: TestApi, sent: readonly Sent[]): Promise<void> => {
  const { packets } = await answerOf(await api.get(`/v1/quarantine?limit=${sent.length}`), QuarantineList);
  const told = packets.toReversed();
  expect(told).toHaveLength(sent.length);
  for (const [index, { device, topic, payload, ...rest }] of sent.entries()) {
    const listed = told[index];
    expect(listed).toMatchObject({
      device: device.toWellFormed(),
      topic: topic.toWellFormed(),
      bytes: payload.byteLength,
      preview: Buffer.from(payload.subarray(0, 120)).toString('utf8'),
      parts: partsOf({ device, topic, payload, ...rest }),
    });
    const shown = await answerOf(await api.get(`/v1/quarantine/${listed?.id}`), QuarantineDocument);
    expect(shown).toMatchObject({ topic: topic.toWellFormed(), hex: Buffer.from(payload).toString('hex') });
  }
};

describe('whatever bytes a device sends, the quarantine', () => {
  test('lists and shows them', async () => {
    const api = await testApi();
    let sequence = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(anyPacket, { minLength: 1, maxLength: 8 }), async (sent) => {
        await putAway(api, sent, sequence);
        sequence += sent.length;
        await isTold(api, sent);
      }),
      { numRuns: 60 },
    );
  });

  test('runs them again and gives them up', async () => {
    const api = await testApi();
    const { clock, operations, store } = api;
    const replayer = makeReplayer({
      clock,
      operations,
      store,
      signal: new AbortController().signal,
      reader: { id: 'j-1', first: () => Promise.resolve(1), read: () => Promise.reject(new Error('nothing is read')) },
      between: (call) => call(),
      onStored: () => undefined,
    });
    let sequence = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(anyPacket, { minLength: 1, maxLength: 8 }), anyText, async (sent, by) => {
        await putAway(api, sent, sequence);
        sequence += sent.length;
        const { signal } = new AbortController();
        const { taken } = await replayer.quarantined(EVERY, { shift: undefined, by }, () => undefined, signal);
        expect(taken).toBe(sent.length);
        await replayer.discard(EVERY, { reason: by, by });
        expect(operations.openPackets()).toBe(0);
        const { packets } = await answerOf(await api.get(`/v1/quarantine?limit=${sent.length}`), QuarantineList);
        expect(packets.map(({ last }) => last?.by)).toEqual(sent.map(() => by.toWellFormed()));
      }),
      { numRuns: 60 },
    );
  });
});
