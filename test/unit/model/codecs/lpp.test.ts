import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lpp } from '#model/codecs/lpp.ts';

const read = (hex: string): Readonly<Record<string, number | null>> =>
  Object.fromEntries(lpp.decode(Buffer.from(hex.replaceAll(' ', ''), 'hex')).observations[0]?.values ?? []);

describe('LPP', () => {
  test.for([
    ['03670110 056700FF', { temperature_3: 27.2, temperature_5: 25.5 }],
    ['0567FFD1', { temperature_5: -4.7 }],
    ['03670110 02686C', { temperature_3: 27.2, relative_humidity_2: 54 }],
    ['036829', { relative_humidity_3: 20.5 }],
    ['0164000003E6', { generic_1: 998 }],
    ['067104D2FB2E0000', { accelerometer_6_x: 1.234, accelerometer_6_y: -1.234, accelerometer_6_z: 0 }],
    ['007327BF 006700DE', { barometric_pressure_0: 1017.5, temperature_0: 22.2 }],
    ['037457B8', { voltage_3: 224.56 }],
    ['017500ED', { current_1: 0.237 }],
    ['017633BE27A0', { frequency_1: 868_100_000 }],
    ['0579FFEF', { altitude_5: -17 }],
    ['05800D7A', { power_5: 3_450 }],
    ['038200000110', { distance_3: 0.272 }],
    ['018300795B30', { energy_1: 7_953.2 }],
    ['01840100', { direction_1: 256 }],
    ['058E01', { switch_5: 1 }],
    ['018806765FF2960A0003E8 0100FF', { digital_in_1: 255 }],
    ['0302154A 0403EAB6', { analog_in_3: 54.5, analog_out_4: -54.5 }],
    ['0182000013A6 02670108 03740169', { distance_1: 5.03, temperature_2: 26.4, voltage_3: 3.61 }],
    [
      '01670112 0268A6 03020F0A 040217D4 05740187',
      { temperature_1: 27.4, relative_humidity_2: 83, analog_in_3: 38.5, analog_in_4: 61, voltage_5: 3.91 },
    ],
  ] as const)('reads %s', ([hex, values]) => {
    expect(read(hex)).toEqual(values);
  });

  test.for(['03240110', '0567FF', '05'])('refuses %s, of which nothing can be read', (hex) => {
    expect(() => read(hex)).toThrow(expect.objectContaining({ code: 'PAYLOAD_UNREADABLE' }));
  });

  test('keeps what stood before a type that it does not know, and refuses the rest at its byte', () => {
    const [observation] = lpp.decode(Buffer.from('0567FFD103240110', 'hex')).observations;
    expect(observation?.values.get('temperature_5')).toBe(-4.7);
    expect(observation?.refused).toMatchObject([{ place: '/4', fault: { code: 'PAYLOAD_UNREADABLE' } }]);
  });

  test('takes the time that the device says', () => {
    const [observation] = lpp.decode(Buffer.from('00856b06ba00 056700FF'.replace(' ', ''), 'hex')).observations;
    expect(observation?.time).toBe(0x6b06ba00 * 1_000);
  });

  test('gives back what it was given, to the step of each type', () => {
    const values = fc.uniqueArray(
      fc.record({ channel: fc.integer({ min: 0, max: 255 }), steps: fc.integer({ min: -32_768, max: 32_767 }) }),
      {
        minLength: 1,
        maxLength: 20,
        selector: ({ channel }) => channel,
      },
    );
    fc.assert(
      fc.property(values, (drawn) => {
        const given = new Map(drawn.map(({ channel, steps }) => [`temperature_${channel}`, steps / 10]));
        const message = lpp.decode(lpp.encode([{ time: undefined, id: undefined, values: given }]));
        expect(message.observations[0]?.values).toEqual(given);
      }),
    );
  });
});
