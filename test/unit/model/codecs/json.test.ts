// oxlint-disable max-lines -- one suite over one codec
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_OBSERVATIONS, json } from '#model/codecs/json.ts';
import { Fault } from '#model/base/fault.ts';
import { TimeReader, type TimeRule } from '#model/payload/device-time.ts';
import type { Message, Observation } from '#model/readings/message.ts';

const AT = 1_795_489_200_000;

const decode = (text: string): Message => json.decode(Buffer.from(text));

const only = (text: string): Observation => {
  const { observations, refused } = decode(text);
  expect(refused).toEqual([]);
  const [observation] = observations;
  if (observation === undefined || observations.length !== 1) throw new Error('expected one observation');
  return observation;
};

const faultOf = (text: string): Fault => {
  try {
    decode(text);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('expected a fault');
};

const valuesOf = (text: string): Record<string, number | null> => Object.fromEntries(only(text).values);
const first = (text: string): Observation => {
  const [observation] = decode(text).observations;
  if (observation === undefined) throw new Error('expected an observation');
  return observation;
};
const refusalsOf = (text: string): readonly (readonly [string, string])[] =>
  first(text).refused.map(({ place, fault }) => [place, fault.code] as const);

describe('the forms of a reading', () => {
  test('include an object with time, id and values', () => {
    const read = only('{"time":"2026-11-24T03:00:00Z","id":"42","values":{"pm2_5":38.5,"pm10":61}}');
    expect(read).toMatchObject({ time: AT, id: '42', place: '/values' });
    expect([...read.values]).toEqual([
      ['pm2_5', 38.5],
      ['pm10', 61],
    ]);
  });

  test('include a flat object with any name of the time', () => {
    for (const name of ['time', 'ts', 'timestamp']) {
      const read = only(`{"${name}": 1795489200, "id": 7, "pm2_5": 38.5}`);
      expect(read).toMatchObject({ time: AT, id: '7' });
      expect([...read.values]).toEqual([['pm2_5', 38.5]]);
    }
  });

  test('include an array, each with the place of its values', () => {
    const { observations } = decode('[{"ts":1795489200,"a":1},{"ts":1795489260,"values":{"b":2}}]');
    expect(observations.map(({ time, place }) => [time, place])).toEqual([
      [AT, '/0'],
      [AT + 60_000, '/1/values'],
    ]);
  });

  test('need no time when there is one, and need one in an array', () => {
    expect(only('{"pm2_5":1}').time).toBeUndefined();
    const { observations, refused } = decode('[{"pm2_5":1,"pm10":2},{"ts":1795489200,"pm2_5":1}]');
    expect(observations).toHaveLength(1);
    expect(refused).toMatchObject([{ place: '/0', fault: { code: 'TIME_MISSING' }, readings: 2 }]);
  });

  test('hold up to 1,000 objects one behind the other and not one more', () => {
    const element = '{"ts":1795489200,"pm2_5":1}';
    expect(decode(element.repeat(MAX_OBSERVATIONS)).observations).toHaveLength(1_000);
    const beyond = `${element}\n`.repeat(MAX_OBSERVATIONS + 1);
    expect(faultOf(beyond).code).toBe('PAYLOAD_TOO_LONG');
    expect(json.tooLong?.(Buffer.from(beyond))?.code).toBe('PAYLOAD_TOO_LONG');
    expect(json.tooLong?.(Buffer.from(element.repeat(MAX_OBSERVATIONS)))).toBeUndefined();
  });

  test('hold up to 1,000 in an array and not one more', () => {
    const element = '{"ts":1795489200,"pm2_5":1}';
    expect(decode(`[${Array(MAX_OBSERVATIONS).fill(element).join()}]`).observations).toHaveLength(1_000);
    expect(
      faultOf(
        `[${Array(MAX_OBSERVATIONS + 1)
          .fill(element)
          .join()}]`,
      ).code,
    ).toBe('PAYLOAD_TOO_LONG');
  });

  test.for([
    ['', 'PAYLOAD_EMPTY'],
    [' \r\n\0', 'PAYLOAD_EMPTY'],
    ['{"pm2_5":', 'PAYLOAD_CUT'],
    ['[{"pm2_5":1},', 'PAYLOAD_CUT'],
    ['{"pm2_5":1}{"pm10":2', 'PAYLOAD_CUT'],
    ["{'pm2_5':1}", 'PAYLOAD_NOT_JSON'],
    ['{"pm2_5":1,}', 'PAYLOAD_NOT_JSON'],
    ['{"pm2_5":01}', 'PAYLOAD_NOT_JSON'],
    ['{"pm2_5":True}', 'PAYLOAD_NOT_JSON'],
    ['{"pm2_5":1} pm10', 'PAYLOAD_NOT_JSON'],
    ['{"pm2_5":1}[2]', 'PAYLOAD_NOT_JSON'],
    ['pm2_5,pm10\n38.5,61', 'PAYLOAD_CSV'],
    ['38.5', 'PAYLOAD_SHAPE'],
    ['null', 'PAYLOAD_SHAPE'],
    ['"pm2_5"', 'PAYLOAD_SHAPE'],
    ['[]', 'NO_VALUES'],
  ] as const)('do not include %j', ([text, code]) => {
    expect(faultOf(text).code).toBe(code);
  });

  test.for([
    ['{}', 'NO_VALUES'],
    ['{"values":{}}', 'NO_VALUES'],
    ['{"time":"2026-11-24T03:00:00Z"}', 'NO_VALUES'],
    ['{"id":{},"pm2_5":1}', 'ID_UNREADABLE'],
    ['{"id":"","pm2_5":1}', 'ID_UNREADABLE'],
    [`{"id":"${'x'.repeat(129)}","pm2_5":1}`, 'ID_UNREADABLE'],
  ] as const)('refuse the observation %j', ([text, code]) => {
    expect(decode(text)).toMatchObject({ observations: [], refused: [{ place: '', fault: { code } }] });
  });

  test('stand or fall each alone in an array', () => {
    const { observations, refused } = decode('[{"ts":1795489200,"a":1}, 7, null, [], {"ts":"noon","a":1,"b":2}]');
    expect(observations).toHaveLength(1);
    expect(refused.map(({ place, fault, readings }) => [place, fault.code, readings])).toEqual([
      ['/1', 'PAYLOAD_SHAPE', 1],
      ['/2', 'PAYLOAD_SHAPE', 1],
      ['/3', 'PAYLOAD_SHAPE', 1],
      ['/4', 'TIME_UNREADABLE', 2],
    ]);
  });
});

describe('the time', () => {
  test.for([
    ['1795489200', AT],
    ['1795489200000', AT],
    ['1795489200.123', AT + 123],
    ['1795489200.1239', AT + 123],
    ['1795489200123.9', AT + 123],
    ['99999999999', 99_999_999_999_000],
    ['100000000000', 100_000_000_000],
    ['0', 0],
    ['-1', -1_000],
    ['1795489200000000', AT],
    ['1795489200123456789', AT + 123],
    ['8.64e15', 8.64e12],
    ['"1795489200"', AT],
    ['"1795489200123"', AT + 123],
    ['"1.795489200e9"', AT],
    ['"2026-11-24T03:00:00+0000"', AT],
    ['"20261124T100000+07"', AT],
    ['"2026-11-24 10:00+07:00"', AT],
    ['""', 0],
    ['"0"', 0],
    ['"2026-11-24T10:00:00.5+07:00"', AT + 500],
  ] as const)('%s is %d', ([text, at]) => {
    expect(only(`{"time":${text},"pm2_5":1}`).time).toBe(at);
  });

  test.for([
    '"noon"',
    '"2026-11-24T03:00:00"',
    'true',
    '{}',
    '[1795489200]',
    '1e309',
    '-1e309',
    '1e20',
    '"24/11/2026 03:00"',
  ])('is not read from %s', (text) => {
    expect(decode(`{"time":${text},"pm2_5":1}`).refused).toMatchObject([{ fault: { code: 'TIME_UNREADABLE' } }]);
  });

  test.for([
    ['datetime', '"2026-11-24T03:00:00Z"'],
    ['dateTime', '"2026-11-24T10:00:00+0700"'],
    ['Time', '1795489200'],
    ['t', '1795489200000'],
    ['date', '"1795489200"'],
    ['epoch', '"1795489200000000"'],
    ['measured_at', '1795489200000000000'],
    ['TIMESTAMP', '"2026-11-24T03:00:00.000Z"'],
  ])('is found under the name %s', ([name, text]) => {
    for (const payload of [
      `{"${name}":${text},"pm2_5":1}`,
      `{"pm2_5":1,"${name}":${text}}`,
      `{"${name}":${text},"values":{"pm2_5":1}}`,
      `{"values":{"pm2_5":1,"${name}":${text}}}`,
    ]) {
      const { time, values, refused } = only(payload);
      expect([time, [...values.keys()], refused]).toEqual([AT, ['pm2_5'], []]);
    }
  });

  test.for(['21.5', '0', '-40', '12345', '946684799', '4102444800', 'true'])('is not read from "t": %s', (text) => {
    const { time, values, refused } = only(`{"t":${text},"pm2_5":1}`);
    expect(time).toBeUndefined();
    expect([...values.keys(), ...refused.map(({ place }) => place.slice(1))].toSorted()).toEqual(['pm2_5', 't']);
  });

  test.for([
    ['{"datetime":"1970-01-01T00:03:12Z","pm2_5":1}', 192_000],
    ['{"epoch":192,"pm2_5":1}', 192_000],
    ['{"epoch":0,"pm2_5":1}', 0],
    ['{"measured_at":"","pm2_5":1}', 0],
    ['{"datetime":"2019-05-01T00:00:00Z","pm2_5":1}', 1_556_668_800_000],
    ['{"time":0,"gps_time":1795489200,"pm2_5":1}', AT],
    ['{"ts":12345,"values":{"datetime":"2026-11-24T03:00:00Z","pm2_5":1}}', AT],
  ] as const)('of %s is found also where a clock was never set', ([text, at]) => {
    const { time, values, refused } = only(text);
    expect([time, [...values.keys()], refused]).toEqual([at, ['pm2_5'], []]);
  });

  test('is the first that always is one, and no other time is a value', () => {
    const { time, values } = only('{"datetime":"2020-01-01T00:00:00Z","ts":1795489200,"time":null,"t":1,"pm2_5":1}');
    expect([time, [...values.keys()]]).toEqual([AT, ['t', 'pm2_5']]);
  });

  test.for(['"2026-11-24T10:00:00"', '"24/11/2026 10:00"', '"10:00:00"', '{"s":1795489200}', '[2026,11,24]'])(
    'is not guessed from %s under another name: the readings are refused',
    (text) => {
      expect(decode(`{"datetime":${text},"pm2_5":1}`).refused).toMatchObject([{ fault: { code: 'TIME_UNREADABLE' } }]);
    },
  );

  test('that is null counts as not given', () => {
    expect(only('{"time":null,"ts":1795489200,"pm2_5":1}').time).toBe(AT);
  });
});

describe('a value', () => {
  test.for([
    ['1', 1],
    ['1.0', 1],
    ['-0', -0],
    ['1e2', 100],
    ['9007199254740993', 9_007_199_254_740_992],
    ['null', null],
    ['"nan"', null],
    ['" NaN "', null],
    ['"-nan"', null],
    ['"N/A"', null],
    ['""', null],
    ['NaN', null],
    ['-Infinity', null],
    ['"inf"', null],
    ['"38.5"', 38.5],
    ['" -.5e1 "', -5],
    ['true', 1],
    ['false', 0],
  ] as const)('%s is read', ([text, value]) => {
    expect(valuesOf(`{"pm2_5":${text}}`)).toEqual({ pm2_5: value });
  });

  test.for(['"high"', '"38,5"', '"0x10"', '"1 000"', '"1e309"', '{}', '[38.5]', '1e309', '-1e309'])(
    '%s is refused with its place, and its siblings are kept',
    (text) => {
      const payload = `[{"ts":1795489200,"values":{"a/b~c":${text},"pm10":61}}]`;
      expect(refusalsOf(payload)).toEqual([['/0/values/a~1b~0c', 'VALUE_NOT_A_NUMBER']]);
      expect([...first(payload).values]).toEqual([['pm10', 61]]);
    },
  );

  test.for([
    ['"38,5"', {}, 'send the bare number 38.5, or register the device with a decimal comma'],
    ['"38.5"', { decimalComma: true }, 'the device is registered with a decimal comma, so a point is not read'],
    ['"38.5"', { strict: true }, 'send the bare number 38.5; texts are not read'],
    ['true', { strict: true }, '"pm2_5" is true; send a finite number'],
  ] as const)('%s, read by %j, is explained', ([text, options, explained]) => {
    const [refusal] = json.decode(Buffer.from(`{"pm2_5":${text}}`), options).observations[0]?.refused ?? [];
    expect(refusal?.fault.detail).toContain(explained);
  });

  test('beyond all numbers is named as what it was', () => {
    expect(first('{"pm2_5":1e309}').refused[0]?.fault.detail).toContain('"pm2_5" is Infinity');
  });

  test('given twice is refused with each value and its place, unless the registration says which counts', () => {
    const payload = '{"pm2_5":1,"pm10":3,"pm2_5":2}';
    const [refusal] = first(payload).refused;
    expect(refusal).toMatchObject({ place: '/pm2_5', readings: 2, fault: { code: 'NAME_TWICE' } });
    expect(refusal?.fault.detail).toContain('"pm2_5": 1 at character 9, 2 at character 28');
    expect([...first(payload).values]).toEqual([['pm10', 3]]);
    for (const [duplicateNames, value] of [
      ['first', 1],
      ['last', 2],
    ] as const) {
      const [read] = json.decode(Buffer.from(payload), { duplicateNames }).observations;
      expect(read?.refused).toEqual([]);
      expect(Object.fromEntries(read?.values ?? [])).toEqual({ pm2_5: value, pm10: 3 });
    }
  });

  test.for([
    ['{"id":1,"pm2_5":1,"id":2}', 1],
    ['{"ts":1795489200,"ts":1795489201,"pm2_5":1,"pm10":1,"pm10":2}', 3],
    ['{"values":{"a":1,"b":2},"values":{"c":3}}', 3],
    ['{"t":1795489200,"pm2_5":1,"t":21.5}', 3],
  ] as const)('of %s cannot be placed: all are refused', ([payload, readings]) => {
    expect(decode(payload)).toMatchObject({
      observations: [],
      refused: [{ place: '', readings, fault: { code: 'NAME_TWICE' } }],
    });
  });
});

describe('a JSON bomb', () => {
  const nested = (open: string, close: string, depth: number): string => open.repeat(depth) + close.repeat(depth);

  test.for([10_000, 400_000])('nested %d deep is refused in few words', (depth) => {
    const refused = first(`{"a":${nested('[', ']', depth)},"b":${'{"x":'.repeat(depth)}1${'}'.repeat(depth)}}`).refused;
    expect(refused.map(({ fault }) => fault.detail)).toEqual([
      expect.stringContaining('"a" is an array of 1'),
      expect.stringContaining('"b" is an object'),
    ]);
    expect(decode(`[${nested('[', ']', depth)}]`).refused).toMatchObject([{ fault: { code: 'PAYLOAD_SHAPE' } }]);
  });

  test('with a key of a megabyte keeps its message short', () => {
    const [refusal] = first(`{"${'k'.repeat(1_000_000)}":"x","ok":1}`).refused;
    expect(refusal?.fault.message.length).toBeLessThan(300);
  });

  test('with a text of a megabyte keeps its message short', () => {
    const text = 'x'.repeat(1_000_000);
    expect(first(`{"a":"${text}","ok":1}`).refused[0]?.fault.message.length).toBeLessThan(300);
    expect(decode(`{"time":"${text}","ok":1}`).refused[0]?.fault.message.length).toBeLessThan(400);
    expect(faultOf(text).message.length).toBeLessThan(300);
  });

  test('with 100,000 keys is refused as one reading, and 256 are read', () => {
    const members = (count: number): string => Array.from({ length: count }, (_, i) => `"k${i}":${i}`).join();
    expect(only(`{${members(256)}}`).values.size).toBe(256);
    const { observations, refused } = decode(`{${members(100_000)}}`);
    expect(observations).toEqual([]);
    expect(refused).toMatchObject([{ place: '', readings: 100_000, fault: { code: 'VALUES_TOO_MANY' } }]);
  });

  test('beside "values" is told, and what is in "values" stands', () => {
    expect([...only('{"values":{"pm10":3},"pm2_5":2,"time":1795489200}').values]).toEqual([['pm10', 3]]);
    expect(refusalsOf('{"values":{"pm10":3},"pm2_5":2,"id":"7"}')).toEqual([['/pm2_5', 'MEMBER_STRAY']]);
  });

  test.for(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'])(
    'named %s is a plain member',
    (name) => {
      expect([...only(`{"${name}":5}`).values]).toEqual([[name, 5]]);
      expect(refusalsOf(`{"${name}":{"time":1},"ok":1}`)).toEqual([[`/${name}`, 'VALUE_NOT_A_NUMBER']]);
      expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('time');
    },
  );
});

test('any JSON gives a message or a fault', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), (text) => {
      try {
        const { observations, refused } = decode(text);
        expect(observations.length + refused.length).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(Fault);
      }
    }),
    { numRuns: 2_000 },
  );
});

describe('an id that is a number', () => {
  const idsOf = (payload: string): readonly (string | undefined)[] =>
    json.decode(Buffer.from(payload)).observations.map(({ id }) => id);

  test.for(['9007199254740992', '9007199254740993', '18446744073709551615', '-9007199254740993', '1.50', '1e3', '-0'])(
    'is the text that was sent: %s',
    (id) => {
      expect(idsOf(`{"id":${id},"pm2_5":1}`)).toEqual([id]);
      expect(idsOf(`{ "values": {"pm2_5": 1}, "id" : ${id} }`)).toEqual([id]);
    },
  );

  test('is told apart in each reading of an array, and from a value of the same name', () => {
    const reading = (id: string): string => `{"ts":1795489200,"id":${id},"values":{"pm2_5":1,"id":5.5}}`;
    const ids = ['9007199254740993', '7', '"9007199254740993"', '9007199254740992', '1.0', '1'];
    expect(idsOf(`[${ids.map(reading).join(',')}]`)).toEqual(ids.map((id) => id.replaceAll('"', '')));
  });

  test('stays another one where it is a text with half of a surrogate pair', () => {
    const ids = idsOf('[{"ts":1795489200,"id":"\\ud800","pm2_5":1},{"ts":1795489200,"id":"\\ud801","pm2_5":1}]');
    expect(new Set(ids).size).toBe(2);
    expect(ids.every((id) => id?.isWellFormed())).toBe(true);
  });

  test('is read beside a value that is nested deeper than the stack', () => {
    const deep = 200_000;
    const payload = `{"id":1.5,"pm2_5":1,"pm10":${'['.repeat(deep)}${']'.repeat(deep)}}`;
    expect(idsOf(payload)).toEqual(['1.5']);
    expect(json.decode(Buffer.from(payload)).observations[0]?.values).toEqual(new Map([['pm2_5', 1]]));
  });

  test('is the one that counts where there are two', () => {
    const payload = Buffer.from('{"id":1.0,"pm2_5":1,"id":2.0}');
    expect(json.decode(payload, { duplicateNames: 'first' }).observations[0]?.id).toBe('1.0');
    expect(json.decode(payload, { duplicateNames: 'last' }).observations[0]?.id).toBe('2.0');
  });

  test('is read from several objects and from text that is nearly JSON', () => {
    expect(idsOf('\ufeff{"id":1.0,"pm2_5":nan}\0')).toEqual(['1.0']);
    expect(idsOf('{"ts":1795489200,"id":1.0,"pm2_5":1}\n{"ts":1795489200,"id":2.0,"pm2_5":1}')).toEqual(['1.0', '2.0']);
  });

  test('is refused where it is longer than a text may be', () => {
    const { refused } = json.decode(Buffer.from(`{"id":${'9'.repeat(129)},"pm2_5":1}`));
    expect(refused.map(({ fault }) => fault.code)).toEqual(['ID_UNREADABLE']);
  });
});

test('an id comes back', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 128, unit: 'grapheme' }), (id) => {
      fc.pre(id.length <= 128);
      const bytes = json.encode([{ time: AT, id, values: new Map([['pm2_5', null]]) }]);
      expect(json.decode(bytes).observations).toMatchObject([{ id, values: new Map([['pm2_5', null]]) }]);
    }),
  );
});

describe('the time that a registration describes', () => {
  const read = (rule: TimeRule, text: string) =>
    json.decode(Buffer.from(text), { times: new TimeReader(rule) }).observations[0];

  test.for([
    [{ timeZone: 'WIB' }, '"2026-11-24T10:00:00"'],
    [{ timeZone: '+07:00' }, '"2026-11-24 10:00"'],
    [{ timeZone: 'WITA' }, '"2026/11/24 11:00:00"'],
    [{ timeZone: 'WIB' }, '"2026-11-24T03:00:00Z"'],
    [{ timeForm: 'compact', timeZone: 'WIB' }, '"20261124100000"'],
    [{ timeForm: 'compact', timeZone: 'UTC' }, '20261124030000'],
    [{ timeForm: 'compact', timeZone: 'UTC' }, '"261124030000"'],
    [{ timeForm: 'cclk' }, '"26/11/24,10:00:00+28"'],
    [{ timeForm: 'cclk' }, '"\\"26/11/23,23:00:00-16\\""'],
    [{ timeForm: 'cclk', timeZone: 'WIB' }, '"26/11/24,10:00:00"'],
    [{ timeForm: 'epoch-s' }, '"1795489200"'],
    [{ timeForm: 'epoch-ms' }, '"1795489200000"'],
    [{ timeForm: 'epoch-us' }, '1795489200000000'],
    [{ timeForm: 'epoch-ns' }, '1795489200000000000'],
  ] as const)('%j reads %s', ([rule, text]) => {
    expect(read(rule, `{"time":${text},"pm2_5":1}`)?.time).toBe(AT);
    expect(read(rule, `{"datetime":${text},"pm2_5":1}`)?.time).toBe(AT);
    const named = read({ ...rule, timeMember: 'kapan' }, `{"kapan":${text},"time":"10:00","t":21.5,"pm2_5":1}`);
    expect([named?.time, [...(named?.values.keys() ?? [])]]).toEqual([AT, ['t', 'pm2_5']]);
  });

  test('leaves a mapped field a value', () => {
    const given = read({ fields: { epoch: { property: 'temperature' } } }, '{"epoch":1795489200,"pm2_5":1}');
    expect([given?.time, [...(given?.values.keys() ?? [])]]).toEqual([undefined, ['epoch', 'pm2_5']]);
  });
});
