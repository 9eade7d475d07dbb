import { Fault } from '#model/base/fault.ts';
import type { OutgoingObservation } from '#model/readings/codec.ts';

/** The bytes of a payload, to read numbers from. */
export const viewOf = (payload: Uint8Array): Buffer =>
  Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);

/**
 * The one observation that a packet of such a format carries.
 * @throws Fault `REQUEST_INVALID` for none, and for several
 */
export const onlyObservation = (outgoing: readonly OutgoingObservation[], format: string): OutgoingObservation => {
  const [only, ...further] = outgoing;
  if (only !== undefined && further.length === 0) return only;
  throw new Fault('REQUEST_INVALID', `${format} carries one observation`);
};
