import { uplinkCodec } from '#model/gateways/uplink.ts';

/** Uplinks and states of devices as ChirpStack v4 publishes them as JSON (`integration.proto`, UplinkEvent, StatusEvent). */
export const chirpstack = uplinkCodec({
  name: 'chirpstack',
  contentType: 'application/vnd.klawing.chirpstack+json',
  values: ['object'],
  raw: ['data'],
  times: [['time']],
  id: ['deduplicationId'],
  antennas: ['rxInfo'],
  // a state that says nothing of a battery says that there is none, or that it is not known
  battery: (given) => {
    const isState = ['margin', 'batteryLevel', 'externalPowerSource', 'batteryLevelUnavailable'].some(
      (key) => key in given,
    );
    if (!isState || 'rxInfo' in given) return undefined;
    return { level: given['batteryLevel'], isAll: true };
  },
  advice:
    'the uplink has no "object"; choose a codec in the device profile of ChirpStack, or register the one of the raw payload: ' +
    'klawing device set <id> --codec lpp',
});
