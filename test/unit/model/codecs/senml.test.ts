import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { senmlCbor } from '#model/codecs/senml-cbor.ts';
import { senml } from '#model/codecs/senml.ts';
import { resolveSenml, type SenmlRecord } from '#model/payload/senml/resolve.ts';

const Vector = z.strictObject({
  name: z.string(),
  section: z.string(),
  origin: z.string(),
  now: z.number(),
  pack: z.array(z.unknown()),
  note: z.string().optional(),
  cbor_hex: z.string().optional(),
  resolved: z.array(z.record(z.string(), z.unknown())).optional(),
  expected_error: z.string().optional(),
});

const { vectors, cbor_decode_only: onlyInCbor } = z
  .object({
    vectors: z.array(Vector).min(1),
    cbor_decode_only: z.array(z.object({ name: z.string(), cbor_hex: z.string(), pack: z.array(z.unknown()) })),
  })
  .parse(JSON.parse(readFileSync(process.env['SENML_VECTORS'] ?? 'test/vectors/senml.json', 'utf8')));

/** A record as the standard resolves it: absolute, with the labels of the standard. */
const resolvedOf = (record: SenmlRecord, now: number): Readonly<Record<string, unknown>> => {
  const { name, unit, time, value, label, sum, updateTime, version } = record;
  const members = {
    n: name,
    u: unit,
    t: time.isRelative ? now + time.seconds : time.seconds,
    ...(label === undefined ? {} : { [label]: value }),
    s: sum,
    ut: updateTime,
    bver: version === 10 ? undefined : version,
  };
  return Object.fromEntries(Object.entries(members).filter(([, member]) => member !== undefined));
};

const chronological = (pack: readonly unknown[], now: number) =>
  resolveSenml(pack)
    .records.map((record) => resolvedOf(record, now))
    .toSorted((a, b) => Number(a['t']) - Number(b['t']));

const close = (record: Readonly<Record<string, unknown>>): unknown =>
  Object.fromEntries(
    Object.entries(record).map(([label, value]) => [
      label,
      typeof value === 'number' ? expect.closeTo(value, 6) : value,
    ]),
  );

describe('SenML', () => {
  test.for(vectors)('resolves $name', ({ pack, now, resolved, expected_error: error }) => {
    if (error === undefined) expect(chronological(pack, now)).toEqual(resolved?.map(close));
    else {
      const refusals = (): number => resolveSenml(pack).refused.length;
      expect(() => expect(refusals()).toBe(0)).toThrow();
    }
  });

  test.for(vectors.filter(({ cbor_hex: hex }) => hex !== undefined))(
    'reads $name in CBOR as in JSON',
    ({ pack, cbor_hex: hex = '' }) => {
      expect(senmlCbor.decode(Buffer.from(hex, 'hex'))).toEqual(senml.decode(Buffer.from(JSON.stringify(pack))));
    },
  );

  test.for(onlyInCbor)('reads $name, which CBOR alone has', ({ pack, cbor_hex: hex }) => {
    expect(senmlCbor.decode(Buffer.from(hex, 'hex'))).toEqual(senml.decode(Buffer.from(JSON.stringify(pack))));
  });

  const decode = (pack: unknown) => senml.decode(Buffer.from(JSON.stringify(pack)));

  test('gives the values of one moment together, each with its unit and its place', () => {
    const base = { bn: 'urn:dev:org:32473-dlh-pbg-01:', bt: 1_790_726_400, bu: 'ug/m3' };
    const { observations, refused } = decode([
      { ...base, n: 'pm25', v: 38.5 },
      { n: 'pm10', v: 61 },
      { n: 'temp', u: 'Cel', v: 27.4 },
      { n: 'rain', t: -60, u: 'mm', v: 0.2 },
    ]);
    expect(refused).toEqual([]);
    expect(observations).toMatchObject([
      {
        time: 1_790_726_400_000,
        values: new Map([
          ['pm25', 38.5],
          ['pm10', 61],
          ['temp', 27.4],
        ]),
        units: new Map([
          ['pm25', 'ug/m3'],
          ['pm10', 'ug/m3'],
          ['temp', 'Cel'],
        ]),
        steps: new Map([
          ['pm25', '/0/v'],
          ['pm10', '/1/v'],
          ['temp', '/2/v'],
        ]),
      },
      { time: 1_790_726_340_000, values: new Map([['rain', 0.2]]) },
    ]);
  });

  test('takes the last part of the base name where a record has no name of its own', () => {
    const fields = ['urn:dev:ow:10e2073a01080063', 'coap://sensor/suhu'].map((bn) => [
      ...(decode([{ bn, v: 1 }]).observations[0]?.values.keys() ?? []),
    ]);
    expect(fields).toEqual([['10e2073a01080063'], ['suhu']]);
  });

  test('counts times below 2^28 from the arrival', () => {
    const { observations } = decode([
      { n: 'level', t: -600, v: 1.2 },
      { n: 'level', v: 1.4 },
    ]);
    expect(observations.map(({ time, sinceArrival }) => [time, sinceArrival])).toEqual([
      [undefined, -600_000],
      [undefined, 0],
    ]);
  });

  test.for([
    ['a text', { n: 'a', vs: 'baik' }, '/0/vs', 'VALUE_NOT_A_NUMBER'],
    ['bytes', { n: 'a', vd: 'aGk' }, '/0/vd', 'VALUE_NOT_A_NUMBER'],
    ['a sum alone', { n: 'a', s: 3 }, '/0/s', 'VALUE_NOT_A_NUMBER'],
    ['an unknown unit', { n: 'a', u: 'Gy', v: 1 }, '/0/v', 'UNIT_WRONG'],
  ] as const)('refuses %s at its place, and keeps what stands beside it', ([, record, place, code]) => {
    const { observations } = decode([record, { n: 'b', v: 2 }]);
    expect(observations).toMatchObject([{ values: new Map([['b', 2]]), refused: [{ place, fault: { code } }] }]);
  });

  test('refuses one name with two values at one time, unless the registration says which counts', () => {
    const pack = [
      { bn: 'a/', bt: 1_790_726_400, n: 'x', v: 1 },
      { bn: 'b/', n: 'x', v: 2 },
    ];
    expect(decode(pack).observations).toMatchObject([
      { refused: [{ place: '/0/v', readings: 2, fault: { code: 'NAME_TWICE' } }] },
    ]);
    const [last] = senml.decode(Buffer.from(JSON.stringify(pack)), { duplicateNames: 'last' }).observations;
    expect(last?.values).toEqual(new Map([['x', 2]]));
  });

  test.for([
    ['[{"n":"a","v":1,"v":2}]', 'NAME_TWICE'],
    ['{"n":"a","v":1}', 'PAYLOAD_SHAPE'],
    ['[{"n":"a","v":"1"}]', 'PAYLOAD_SHAPE'],
    ['[{"bt":"x"},{"n":"a","v":1}]', 'PAYLOAD_SHAPE'],
    ['[]', 'NO_VALUES'],
  ] as const)('refuses %s', ([text, code]) => {
    const codes = (): readonly string[] =>
      senml.decode(Buffer.from(text)).refused.map(({ fault }) => {
        throw fault;
      });
    expect(codes).toThrow(expect.objectContaining({ code }));
  });
});
