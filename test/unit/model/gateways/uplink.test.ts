import { describe, expect, test } from 'vitest';
import { chirpstack } from '#model/codecs/chirpstack.ts';
import { ttn } from '#model/codecs/ttn.ts';
import type { Codec } from '#model/readings/codec.ts';

const read = (codec: Codec, uplink: unknown) => codec.decode(Buffer.from(JSON.stringify(uplink)));

const OF_CHIRPSTACK = {
  deduplicationId: '0b2f6f3e-6a55-4b6f-9a0e-0f6c4f0f8a11',
  time: '2026-10-02T07:10:04.512345+00:00',
  deviceInfo: { devEui: '70b3d57ed0051a03' },
  fCnt: 1412,
  data: 'AYIAABOmAmcBCAN0AWk=',
  object: { distance: { 1: 5.03 }, temperatureSensor: { 2: 26.4 }, voltage: { 3: 3.61 }, tilt: false },
  rxInfo: [
    { gatewayId: 'a', rssi: -118, snr: -9.5 },
    { gatewayId: 'b', rssi: -112, snr: -4.2 },
  ],
};

const OF_TTN = {
  end_device_ids: { device_id: 'pbg-a01' },
  received_at: '2026-10-02T07:10:05.123456789Z',
  uplink_message: {
    frm_payload: 'AWcBEgJopgMCDwoEAhfUBXQBhw==',
    decoded_payload: { temperature_1: 27.4, relative_humidity_2: 83, analog_in_3: 38.5 },
    rx_metadata: [{ gateway_ids: { gateway_id: 'gw-dlh-01' }, rssi: -101, channel_rssi: -101 }],
    received_at: '2026-10-02T07:10:04.918273645Z',
  },
};

describe('an uplink', () => {
  test('of ChirpStack gives its decoded values, its time, its number and the best signal', () => {
    const [observation] = read(chirpstack, OF_CHIRPSTACK).observations;
    expect(observation).toMatchObject({ time: Date.UTC(2026, 9, 2, 7, 10, 4, 512), id: OF_CHIRPSTACK.deduplicationId });
    expect(Object.fromEntries(observation?.values ?? [])).toEqual({
      distance_1: 5.03,
      temperatureSensor_2: 26.4,
      voltage_3: 3.61,
      tilt: 0,
      rssi: -112,
      snr: -4.2,
    });
  });

  test('of The Things Stack gives its decoded values, the time of reception and the signal, an absent SNR being 0', () => {
    const [observation] = read(ttn, OF_TTN).observations;
    expect(observation?.time).toBe(Date.UTC(2026, 9, 2, 7, 10, 4, 918));
    expect(Object.fromEntries(observation?.values ?? [])).toEqual({
      temperature_1: 27.4,
      relative_humidity_2: 83,
      analog_in_3: 38.5,
      rssi: -101,
      snr: 0,
    });
  });

  test('without decoded values is refused with what to do, and a simulated one as well', () => {
    const { object: _, ...bare } = OF_CHIRPSTACK;
    expect(read(chirpstack, bare).refused[0]?.fault).toMatchObject({
      code: 'NO_VALUES',
      detail: expect.stringContaining('device profile'),
    });
    expect(read(ttn, { ...OF_TTN, simulated: true }).refused[0]?.fault).toMatchObject({ code: 'PAYLOAD_SHAPE' });
  });

  test('keeps the siblings of a value that is no number', () => {
    const [observation] = read(chirpstack, { object: { stage: 1.25, state: 'ok', list: [1] } }).observations;
    expect(Object.fromEntries(observation?.values ?? [])).toEqual({ stage: 1.25 });
    expect(observation?.refused.map(({ place }) => place)).toEqual(['/object/state', '/object/list']);
  });
});
