import { uplinkCodec } from '#model/uplink.ts';

/** Uplinks as The Things Stack v3 publishes them, with the values that its payload formatter decoded. */
export const ttn = uplinkCodec({
  name: 'ttn',
  contentType: 'application/vnd.klawing.ttn+json',
  values: ['uplink_message', 'decoded_payload'],
  times: [['uplink_message', 'received_at'], ['received_at']],
  id: undefined,
  antennas: ['uplink_message', 'rx_metadata'],
  advice: 'the uplink has no "decoded_payload"; set an uplink payload formatter in The Things Stack',
});
