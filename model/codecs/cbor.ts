import { cborAsJson, readCbor, writeCbor } from '#model/payload/cbor.ts';
import { Fault, unlessFault } from '#model/base/fault.ts';
import type { Codec, OutgoingObservation } from '#model/readings/codec.ts';
import { json } from './json.ts';

const asJson = (payload: Uint8Array): Uint8Array => {
  if (payload.byteLength === 0) throw new Fault('PAYLOAD_EMPTY', 'send a map of values');
  return Buffer.from(cborAsJson(readCbor(payload)));
};

const write = ({ time, id, values }: OutgoingObservation): ReadonlyMap<string, unknown> =>
  new Map<string, unknown>([
    ...(time === undefined ? [] : [['time', time] as const]),
    ...(id === undefined ? [] : [['id', id] as const]),
    ['values', new Map(values)],
  ]);

/**
 * The native format in CBOR (RFC 8949): what `json` reads as an object is a map here. Times are also read from the tags 0
 * and 1, numbers from half floats to decimal fractions (tag 4).
 */
export const cbor: Codec = {
  name: 'cbor',
  version: 1,
  contentType: 'application/cbor',

  decode: (payload, options) => json.decode(asJson(payload), options),

  tooLong: (payload) => unlessFault(() => json.tooLong?.(asJson(payload))),

  encode(observations) {
    const [only] = observations;
    return writeCbor(observations.length === 1 && only !== undefined ? write(only) : observations.map(write));
  },
};
