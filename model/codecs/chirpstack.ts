import { uplinkCodec } from '#model/uplink.ts';

/** Uplinks as ChirpStack v4 publishes them as JSON, with the values that the codec of the device profile decoded. */
export const chirpstack = uplinkCodec({
  name: 'chirpstack',
  contentType: 'application/vnd.klawing.chirpstack+json',
  values: ['object'],
  times: [['time']],
  id: ['deduplicationId'],
  antennas: ['rxInfo'],
  advice: 'the uplink has no "object"; choose a codec in the device profile of ChirpStack',
});
