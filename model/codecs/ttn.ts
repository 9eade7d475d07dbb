import { uplinkCodec } from '#model/gateways/uplink.ts';

/** Uplinks as The Things Stack v3 publishes them as JSON. */
export const ttn = uplinkCodec({
  name: 'ttn',
  contentType: 'application/vnd.klawing.ttn+json',
  values: ['uplink_message', 'decoded_payload'],
  raw: ['uplink_message', 'frm_payload'],
  times: [['uplink_message', 'received_at'], ['received_at']],
  id: undefined,
  antennas: ['uplink_message', 'rx_metadata'],
  // every uplink repeats the last battery level that is known; it is news of the uplink that has its frame number
  battery: ({ uplink_message: uplink }) => {
    const { f_cnt: frame = 0, last_battery_percentage: last } = Object(uplink);
    const { f_cnt: of = 0, value } = Object(last);
    return last === undefined || of !== frame ? undefined : { level: value, isAll: false };
  },
  advice:
    'the uplink has no "decoded_payload"; set an uplink payload formatter in The Things Stack, or register the codec of the raw ' +
    'payload: klawing device set <id> --codec lpp',
});
