import { describe, expect, test } from 'vitest';
import { draginoDistance } from '#model/codecs/dragino-distance.ts';

const decode = (hex: string) => draginoDistance.decode(Buffer.from(hex.replaceAll(' ', ''), 'hex')).observations[0];

describe('the bytes of Dragino distance sensors', () => {
  test.for([
    ['LDDS75', '0B45 0B05 00 0105 01', { battery_voltage: 2.885, distance: 2_821, temperature: 26.1 }],
    ['LDDS75 below zero', '0B49 0B05 00 FF3F 01', { battery_voltage: 2.889, distance: 2_821, temperature: -19.3 }],
    ['LDDS45 without a probe', '0B45 0195 01', { battery_voltage: 2.885, distance: 405 }],
    [
      'a packet by its interrupt pin',
      '8B45 0B05 01 0105 01',
      { battery_voltage: 2.885, distance: 2_821, temperature: 26.1 },
    ],
    ['no sensor', '0B45 0000 00 0105 00', { battery_voltage: 2.885, distance: null, temperature: 26.1 }],
    ['an invalid echo', '0B45 0014 00 7FFF 01', { battery_voltage: 2.885, distance: null, temperature: null }],
    ['DDS45-LB', '0D4A 0105 0195 00 6B04FC70', { battery_voltage: 3.402, distance: 405, temperature: 26.1 }],
  ] as const)('reads %s', ([, hex, values]) => {
    expect(Object.fromEntries(decode(hex)?.values ?? [])).toEqual(values);
  });

  test('takes the time of a DDS45-LB, and says the unit of each value', () => {
    expect(decode('0D4A 0105 0195 00 6B04FC70')?.time).toBe(0x6b_04_fc_70 * 1_000);
    expect(decode('0D4A 0105 0195 00 6B04FC70')?.units?.get('distance')).toBe('mm');
  });

  test.for(['0B45', '0B45 0B05 00 0105 01 00'])('refuses %s by its length', (hex) => {
    expect(() => decode(hex)).toThrow(expect.objectContaining({ code: 'PAYLOAD_UNREADABLE' }));
  });
});
