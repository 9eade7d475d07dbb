import { describe, expect, test } from 'vitest';
import { milesight } from '#model/codecs/milesight.ts';

const decode = (hex: string) => milesight.decode(Buffer.from(hex.replaceAll(' ', ''), 'hex')).observations;
const valuesOf = (hex: string) => Object.fromEntries(decode(hex)[0]?.values ?? []);

describe('the bytes of Milesight', () => {
  // the examples of the maker's tables
  test.for([
    [
      'EM400-MUD',
      '01755C 03670101 04824408 050001',
      { battery_level: 92, temperature: 25.7, distance: 2_116, tilt: 1 },
    ],
    ['EM400-MUD with alarms', '8367E80001 8482410601', { temperature: 23.2, distance: 1_601 }],
    [
      'EM400-MUD over NB-IoT',
      '017564 03670B01 04823B01 050001',
      { battery_level: 100, temperature: 26.7, distance: 315, tilt: 1 },
    ],
    ['EM310-UDL', '01755C 03824408 040001', { battery_level: 92, distance: 2_116, tilt: 1 }],
    ['EM500-UDL', '017564 03821E00', { battery_level: 100, distance: 30 }],
    ['EM500-SWL', '017564 03770200', { battery_level: 100, depth: 2 }],
    ['a temperature below zero', '0367EFFF', { temperature: -1.7 }],
    ['a measurement that failed', '0377FFFF', { depth: null }],
    ['a measurement out of range', '0382FDFF 017564', { distance: null, battery_level: 100 }],
    [
      'versions before the values',
      'FF0101 FF090310 FF0A0101 FF166748D19054690031 FF0F00 017564',
      { battery_level: 100 },
    ],
  ] as const)('reads %s', ([, hex, values]) => {
    expect(valuesOf(hex)).toEqual(values);
  });

  test('says the unit of each value', () => {
    expect(Object.fromEntries(decode('01755C 03670101 04824408 050001')[0]?.units ?? [])).toEqual({
      battery_level: '%',
      temperature: 'Cel',
      distance: 'mm',
    });
  });

  test('gives kept values their own time, before those of now', () => {
    const observations = decode('20CE 70FC046B 2F00 20CE ACFD046B FFFF 017564');
    expect(observations.map(({ time, place, values }) => [time, place, Object.fromEntries(values)])).toEqual([
      [0x6b_04_fc_70 * 1_000, '/0', { history: 47 }],
      [0x6b_04_fd_ac * 1_000, '/8', { history: null }],
      [undefined, '', { battery_level: 100 }],
    ]);
  });

  test('keeps what stood before a type that it does not know, and refuses the rest at its byte', () => {
    const [observation] = decode('01755C 0A0A01 03670101');
    expect(observation?.values).toEqual(new Map([['battery_level', 92]]));
    expect(observation?.refused).toMatchObject([{ place: '/3', fault: { code: 'PAYLOAD_UNREADABLE' } }]);
  });

  test('refuses a second value of one name that differs from the first', () => {
    const [observation] = decode('03670101 8367E80001');
    expect(observation?.values).toEqual(new Map([['temperature', 25.7]]));
    expect(observation?.refused).toMatchObject([{ place: '/4', fault: { code: 'NAME_TWICE' } }]);
  });

  test.for([
    ['0367', 'PAYLOAD_UNREADABLE'],
    ['0367010', 'PAYLOAD_UNREADABLE'],
    ['FF0101 FF090310', 'NO_VALUES'],
  ] as const)('refuses %s', ([hex, code]) => {
    expect(() => decode(hex)).toThrow(expect.objectContaining({ code }));
  });

  test('gives back what it was given', () => {
    const values = new Map([
      ['battery_level', 92],
      ['temperature', -3.4],
      ['distance', 2_116],
      ['tilt', 1],
      ['depth', 47],
    ]);
    const payload = milesight.encode([{ time: undefined, id: undefined, values }]);
    expect(milesight.decode(payload).observations[0]?.values).toEqual(values);
  });
});
