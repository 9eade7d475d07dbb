import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonTemplate } from '#ingest/decode/json-template.ts';
import { Fault } from '#model/base/fault.ts';
import { json } from '#model/codecs/json.ts';
import type { DecodeOptions } from '#model/readings/codec.ts';
import { USUAL_NESTING } from '#model/payload/member-rules.ts';
import { TimeReader, type TimeRule } from '#model/payload/device-time.ts';
import type { Message } from '#model/readings/message.ts';

const SENSORS = { sensors: { name: 'n', value: 'v' } };

/** What registrations say of times. */
const RULES: readonly TimeRule[] = [
  {},
  { timeZone: 'WIB' },
  { timeMember: 't', timeForm: 'epoch-s' },
  { timeMember: 'pm10', timeForm: 'compact', timeZone: 'WIB' },
  { timeMember: 'datetime', timeForm: 'cclk' },
  { fields: { t: {}, ts: {}, epoch: {} } },
];
/** What registrations say of members. */
const MEMBERS: readonly DecodeOptions['members'][] = [
  undefined,
  { ignored: new Set(['skip', 'a']) },
  { ignored: new Set(['skip', 'values.skip']), nesting: USUAL_NESTING },
  { ignored: new Set(['skip.a', 'pm10']), nesting: { values: 'a', messages: ['list'], lists: SENSORS } },
];
const USUAL = new TimeReader();

/** The standard parser, as a registration wants it. */
const oracle = (payload: Uint8Array, options: DecodeOptions = {}): Message | Fault => {
  try {
    return json.decode(payload, options);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
};

/** The message of a template in the form of the standard parser; undefined where it is left to that. */
const readBy = (learned: string, payload: string, options: DecodeOptions = {}): Message | undefined => {
  const message = oracle(Buffer.from(learned), options);
  const { times = USUAL } = options;
  const template =
    message instanceof Fault ? undefined : JsonTemplate.learn(Buffer.from(learned), message, { ...options, times });
  const plain = template?.read(Buffer.from(payload));
  if (plain === undefined) return undefined;
  const { time, id, place, shape, numbers } = plain;
  const values = new Map(shape.names.map((name, i) => [name, numbers[i] ?? Number.NaN]));
  const steps =
    shape.steps === undefined ? {} : { steps: new Map(shape.names.map((name, i) => [name, shape.steps?.[i] ?? ''])) };
  return { observations: [{ time, id, place, ...steps, values, refused: [] }], refused: [] };
};

const anyNumber = fc.oneof(
  fc.double().map((value) => JSON.stringify(value)),
  fc.integer().map(String),
  fc.float({ min: -100, max: 100, noNaN: true }).map((value) => value.toFixed(2)),
  fc.constantFrom(
    '0',
    '-0',
    '-0.0',
    '00',
    '01',
    '1.',
    '.5',
    '1e5',
    '1E-2',
    '-',
    '',
    'null',
    '"7"',
    '"7,5"',
    'NaN',
    'nan',
    '-Infinity',
    'true',
    'false',
    '123456789012345678',
  ),
);
const anyTime = fc.oneof(
  fc
    .date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((at) => `"${at.toISOString()}"`),
  fc.constantFrom(
    '"2026-11-24T03:00:00Z"',
    '"2026-11-24T03:00:60Z"',
    '"2026-11-24T10:00:00+07:00"',
    '"2026-02-30T00:00:00.000Z"',
  ),
  fc.constantFrom(
    '"2026-11-24T03:00:00.1Z"',
    '"2026-11-24T03:00:00.12xZ"',
    '"2026-11-24t03:00:00Z"',
    '1795489200',
    '1795489200123',
    '1e300',
    '1795489200123456',
    '"1795489200"',
    '"2026-11-24T10:00:00+0700"',
    '"2026-11-24T10:00:00"',
    '"20261124T030000Z"',
    '"20261124100000"',
    '20261124100000',
    '"26/11/24,10:00:00+28"',
    '0',
    '""',
    '21.5',
    '12345',
    '"2000-01-01T00:00:00Z"',
    '"x"',
  ),
);
const anyName = fc.oneof(
  fc.constantFrom('pm2_5', 'pm10', 'ts', 'time', 'id', 'values', '7', '1', '__proto__', 'a\\u0062', 'é', 't', 'epoch'),
  fc.string({ maxLength: 5 }).map((name) => JSON.stringify(name).slice(1, -1)),
);
/** A member with members of its own, or one that is not wanted. */
const anyDeep = fc.constantFrom(
  '',
  ',"BME280":{"Temperature":27.4,"PM2.5":-3}',
  ',"skip":{"a":1,"b":["x",2],"c":{"time":"2026-11-24T03:00:00Z"}}',
  ',"skip":7',
  ',"skip":"idle"',
  ',"skip":true',
  ',"a":{"values":{"pm1":2}}',
  ',"list":[1,2]',
  ',"sensors":[{"n":"pm1","v":3}]',
);
const anyBody = fc
  .record({
    time: fc.option(anyTime, { nil: undefined }),
    member: fc.constantFrom('time', 'ts', 'timestamp', 't', 'datetime', 'dateTime', 'epoch', 'pm10'),
    isFlat: fc.boolean(),
    space: fc.constantFrom('', ' ', '\n  '),
    fields: fc.array(fc.tuple(anyName, fc.oneof({ arbitrary: anyNumber, weight: 9 }, anyTime)), { maxLength: 6 }),
    tail: fc.constantFrom('', ' ', ',"id":7', ',"x":1', '}', ',"pm10":1', ',"ts":1795489201', '}{"pm10":2'),
    around: fc.constantFrom(
      ['', ''],
      ['\ufeff', ''],
      ['', '\0'],
      [' ', '\n\0\0'],
      ['', '\n{"ts":1795489200,"pm10":1}'],
    ),
    deep: anyDeep,
    twice: fc.boolean(),
  })
  .map(
    ({
      time,
      member,
      isFlat,
      space,
      fields: drawn,
      tail: drawnTail,
      deep,
      around: [before = '', after = ''],
      twice,
    }) => {
      const tail = deep + drawnTail;
      const fields = twice ? [...drawn, ...drawn.slice(0, 1)] : drawn;
      const values = fields.map(([name, value]) => `"${name}":${space}${value}`).join(`,${space}`);
      const head = time === undefined ? '' : `"${member}":${space}${time},${space}`;
      const body = isFlat ? `{${head}${values}${tail}}` : `{${head}"values":${space}{${values}}${tail}}`;
      return before + body + after;
    },
  );

const anyNumbers = fc.array(
  fc.oneof({ arbitrary: anyNumber, weight: 4 }, fc.constantFrom('1795489200', '1795489200123', '20261124100000')),
  { maxLength: 6 },
);

const anyOptions: fc.Arbitrary<DecodeOptions> = fc.record({
  strict: fc.constantFrom(undefined, true),
  decimalComma: fc.constantFrom(undefined, true),
  duplicateNames: fc.constantFrom(undefined, 'first', 'last'),
  times: fc.constantFrom(...RULES).map((rule) => new TimeReader(rule)),
  members: fc.constantFrom(...MEMBERS),
});

/** A text in which some numbers and times are put in the place of others. */
const varied = (text: string, numbers: readonly string[], time: string): string => {
  let next = 0;
  return text
    .replace(/"\d{4}-[^"]*"/, () => time)
    .replace(/(?<=:\s*)-?\d[\d.eE+-]*/g, (known) => numbers[next++] ?? known);
};

describe('a template of a message', () => {
  test.for([
    '{"Time":"2026-11-24T03:00:00Z","BME280":{"Humidity":83.1,"Temperature":38.5},"PMS5003":{"PM2.5":33,"PB0.3":412}}',
    '{"ts":1795489200,"state":{"a":[1,{"b":"x"}],"on":true},"values":{"pm2_5":38.5},"note":"idle"}',
  ])('reads nested members, and passes over what is not wanted: %s', (payload) => {
    const members = { ignored: new Set(['PMS5003.PB0.3', 'state', 'note']), nesting: USUAL_NESTING };
    expect(readBy(payload, payload, { members })).toEqual(oracle(Buffer.from(payload), { members }));
    const other = payload.replace('38.5', '7.25').replace('412', '99').replace('idle', 'busy é');
    expect(readBy(payload, other, { members })).toEqual(oracle(Buffer.from(other), { members }));
  });

  test('reads any message as the standard parser does, or leaves it to that', () => {
    fc.assert(
      fc.property(anyBody, anyNumbers, anyTime, anyOptions, (learned, numbers, time, options) => {
        for (const payload of [learned, varied(learned, numbers, time), varied(learned, [], time)]) {
          const read = readBy(learned, payload, options);
          if (read !== undefined) expect(read).toEqual(oracle(Buffer.from(payload), options));
        }
      }),
      { numRuns: 6_000 },
    );
  });

  test('is not learned from a text in which a name occurs twice', () => {
    const options = { decimalComma: true, duplicateNames: 'last', strict: undefined } as const;
    const learned = '{"values":{"pm2_5":7.5,"pm2_5":"7,5"}}';
    expect(readBy(learned, '{"values":{"pm2_5":8.5,"pm2_5":"7,5"}}', options)).toBeUndefined();
  });

  test('reads no other text, whatever bytes are put into it', () => {
    const learned = '{"time":"2026-11-24T03:00:00.000Z","values":{"pm2_5":38.50,"pm10":61}}';
    const edit = fc.record({ at: fc.nat(learned.length), cut: fc.nat(3), put: fc.string({ maxLength: 3 }) });
    fc.assert(
      fc.property(edit, ({ at, cut, put }) => {
        const payload = learned.slice(0, at) + put + learned.slice(at + cut);
        const read = readBy(learned, payload);
        if (read !== undefined) expect(read).toEqual(oracle(Buffer.from(payload)));
      }),
      { numRuns: 3_000 },
    );
  });

  test.for([
    '{"time":"2026-11-24T03:00:00.000Z","values":{"pm2_5":38.50,"pm10":61}}',
    '{"time": "2026-11-24T03:00:00Z", "values": {"pm2_5": 38.5, "pm10": -61.25}}',
    '{"ts":1795489200,"pm2_5":38.5}',
    '{"pm2_5":38.5}',
    '\ufeff{"ts":1795489200,"pm2_5":38.5}',
    '{"ts":1795489200,"pm2_5":38.5}\r\n\0',
    '{"datetime":"2026-11-24T03:00:00Z","pm2_5":38.5}',
    '{"t":1795489200123,"values":{"pm2_5":38.5}}',
    '{"values":{"pm2_5":38.5,"epoch":1795489200}}',
    '{"t":21.5,"time":"2026-11-24T03:00:00Z","pm2_5":38.5}',
    '{"ts":"1795489200","pm2_5":38.5}',
  ])('reads %s', (payload) => {
    expect(readBy(payload, payload)).toEqual(oracle(Buffer.from(payload)));
    const other = payload.replace('38.5', '7.25').replace('03:00:00', '23:59:59');
    expect(readBy(payload, other)).toEqual(oracle(Buffer.from(other)));
  });
});
