import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Codec, OutgoingObservation } from '#model/readings/codec.ts';
import { CODECS } from '#model/codecs/index.ts';
import { FAMILIES } from '#model/families/index.ts';
import type { Family } from '#model/readings/family.ts';
import { Fault } from '#model/base/fault.ts';
import type { Message } from '#model/readings/message.ts';
import { anyText } from '#test/support/builders/hostile-text.ts';

/** Those that carry any name; the others have tests of their own. */
const pairs = CODECS.filter(({ ownName }) => ownName === undefined).flatMap((codec) =>
  FAMILIES.map((family) => ({ codec, family })),
);

/** Whole seconds from 2020 to 2100: every format can carry them. */
const times = fc.integer({ min: 1_577_836_800, max: 4_102_444_800 }).map((seconds) => seconds * 1_000);

/** Values as the family's sensors give them: inside the range, in steps of their last decimal. */
const valuesOf = (family: Family): fc.Arbitrary<ReadonlyMap<string, number>> => {
  const drawn = Object.entries(family.properties).map(([name, { range, decimals }]) => {
    const steps = 10 ** decimals;
    const [min, max] = [Math.ceil(range[0] * steps), Math.floor(range[1] * steps)];
    return fc.option(fc.integer({ min, max })).map((step) => [name, step === null ? undefined : step / steps] as const);
  });
  return fc
    .tuple(...drawn)
    .map((entries) => new Map(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value + 0]]))))
    .filter((values) => values.size > 0);
};

const oneOf = (family: Family): fc.Arbitrary<OutgoingObservation> =>
  fc.record({ time: fc.option(times, { nil: undefined }), id: fc.constant(undefined), values: valuesOf(family) });

/** Each of another time: SenML has one observation for each. */
const severalOf = (family: Family): fc.Arbitrary<readonly OutgoingObservation[]> =>
  fc.uniqueArray(fc.record({ time: times, id: fc.constant(undefined), values: valuesOf(family) }), {
    minLength: 2,
    maxLength: 5,
    selector: ({ time }) => time,
  });

/** Decodes, and lets nothing but a message or a fault pass; a fault in decoding is never worth a retry. */
const decodeAny = (codec: Codec, bytes: Uint8Array): Message | Fault => {
  try {
    return codec.decode(bytes);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    expect(error.retry).toBe(false);
    return error;
  }
};

const isSound = (message: Message | Fault): void => {
  if (message instanceof Fault) return;
  expect(message.observations.length + message.refused.length).toBeGreaterThan(0);
  for (const { time, id, place, values, refused } of message.observations) {
    expect(id === undefined || id.isWellFormed()).toBe(true);
    expect(time === undefined || Number.isInteger(time)).toBe(true);
    expect(place === '' || place.startsWith('/')).toBe(true);
    for (const value of values.values()) expect(value === null || Number.isFinite(value)).toBe(true);
    for (const refusal of [...refused, ...message.refused]) {
      expect(refusal.readings).toBeGreaterThanOrEqual(1);
      expect(refusal.place.isWellFormed()).toBe(true);
    }
  }
};

/** An uplink, as each of the JSON codecs has it, with any text as its id and as names of what it holds. */
const uplinkOf = ({ id, members }: { readonly id: string; readonly members: object }): Uint8Array => {
  const ofNetworks = { deduplicationId: id, object: members, uplink_message: { decoded_payload: members } };
  return Buffer.from(JSON.stringify({ id, values: members, ...ofNetworks }));
};

const anyUplink = fc
  .record({ id: anyText, members: fc.dictionary(anyText, fc.oneof(fc.integer(), anyText)) })
  .map(uplinkOf);

const said = (message: Message): readonly OutgoingObservation[] =>
  message.observations.map(({ time, id, values }) => ({ time, id, values }));

describe.for(pairs)('$codec.name carrying $family.name', ({ codec, family }) => {
  test('gives back the one observation it was given', () => {
    fc.assert(
      fc.property(oneOf(family), (given) => {
        const message = codec.decode(codec.encode([given]));
        expect(said(message)).toEqual([given]);
        expect(message.refused).toEqual([]);
      }),
    );
  });

  test('gives back several in their order', () => {
    fc.assert(
      fc.property(severalOf(family), (given) => {
        expect(said(codec.decode(codec.encode(given)))).toEqual(given);
      }),
    );
  });

  test('gives a message or a fault for a payload with a few wrong bytes', () => {
    fc.assert(
      fc.property(
        severalOf(family),
        fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255) }), { minLength: 1, maxLength: 4 }),
        (given, wounds) => {
          const bytes = Uint8Array.from(codec.encode(given));
          for (const { at, byte } of wounds) bytes[at % bytes.length] = byte;
          isSound(decodeAny(codec, bytes));
        },
      ),
    );
  });

  test('gives a message or a fault for a payload that was cut off', () => {
    fc.assert(
      fc.property(severalOf(family), fc.nat(), (given, at) => {
        const bytes = codec.encode(given);
        isSound(decodeAny(codec, bytes.subarray(0, at % bytes.length)));
      }),
    );
  });
});

describe.for(CODECS)('$name', (codec) => {
  test('gives a message or a fault for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => isSound(decodeAny(codec, bytes))),
      { numRuns: 1_000 },
    );
  });

  test('names places and observations by text that every database can hold', () => {
    fc.assert(fc.property(anyUplink, (bytes) => isSound(decodeAny(codec, bytes))));
  });

  test.for(['\0', ' ', '[', '{}', '{"a":', '[1,', '"\\', '0,', '{"ts":1795489200,"a":NaN}'])(
    'gives a message or a fault for a mebibyte of %j',
    (unit) => {
      isSound(decodeAny(codec, Buffer.alloc(1_048_576, unit)));
    },
  );

  test('refuses an empty payload', () => {
    expect(decodeAny(codec, new Uint8Array(0))).toMatchObject({ code: 'PAYLOAD_EMPTY' });
  });

  test('reads a payload that is a window on larger memory', () => {
    const [family] = FAMILIES;
    const name = codec.ownName ?? family?.headline ?? '';
    const payload = codec.encode([{ time: 1_795_489_200_000, id: undefined, values: new Map([[name, 7]]) }]);
    const memory = new Uint8Array(payload.length + 20).fill(0x7b);
    memory.set(payload, 10);
    expect(codec.decode(memory.subarray(10, 10 + payload.length))).toEqual(codec.decode(payload));
  });
});

test.for(CODECS.filter(({ ownName }) => ownName === undefined))(
  '$name says beforehand what it finds too long, and of nothing else',
  (codec) => {
    const one = { time: 1_795_489_200_000, id: undefined, values: new Map([['temperature', 7]]) };
    const told = [1, 1_000, 1_001].map((length) => {
      const payload = codec.encode(Array.from({ length }, () => one));
      const decoded = decodeAny(codec, payload);
      const isTooLong = decoded instanceof Fault && decoded.code === 'PAYLOAD_TOO_LONG';
      expect(codec.tooLong?.(payload)).toEqual(isTooLong ? decoded : undefined);
      return isTooLong;
    });
    expect(told).toEqual([false, false, true]);
  },
);
