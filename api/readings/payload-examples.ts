const TIME = '2026-11-24T03:00:00Z';
const SECONDS = 1_795_489_200;

/** A message of each codec that is written as JSON, by media type, for the description of the API. */
export const PAYLOAD_EXAMPLES: Readonly<Record<string, unknown>> = {
  'application/json': { time: TIME, id: '42', values: { pm2_5: 38.5, pm10: 61, battery_voltage: 3.91 } },
  'application/senml+json': [
    { bt: SECONDS, n: 'pm2_5', v: 38.5 },
    { n: 'pm10', v: 61 },
  ],
  'application/vnd.klawing.chirpstack+json': {
    deduplicationId: '0b2f6f3e-6a55-4b6f-9a0e-0f6c4f0f8a11',
    time: TIME,
    deviceInfo: { devEui: '70b3d57ed0051a03' },
    fPort: 2,
    object: { pm2_5: 38.5, pm10: 61 },
    rxInfo: [{ rssi: -112, snr: -4.2 }],
  },
  'application/vnd.klawing.ttn+json': {
    end_device_ids: { device_id: 'aq-bukateja-1' },
    received_at: TIME,
    uplink_message: { f_port: 2, received_at: TIME, decoded_payload: { pm2_5: 38.5, pm10: 61 } },
  },
};

/** The bytes of a message of each codec that is not text, in hexadecimal digits. */
export const BINARY_EXAMPLES: Readonly<Record<string, string>> = {
  // {"pm2_5": 38.5}
  'application/cbor': 'a165706d325f35f950d0',
  // [{-3: 1795489200, 0: "pm2_5", 2: 38.5}]
  'application/senml+cbor': '81a3221a6b04fdb00065706d325f3502f950d0',
  // channel 1, percentage 50
  'application/vnd.klawing.lpp': '017832',
  // battery 92 %
  'application/vnd.klawing.milesight': '01755c',
  // battery 3.355 V, distance 1.772 m
  'application/vnd.klawing.dragino-distance': '0d1b06ec00000000',
};
