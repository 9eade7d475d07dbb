import { Fault } from '#model/base/fault.ts';
import { senmlCodec } from '#model/payload/senml/pack.ts';
import { readJsonPayload } from '#model/payload/json-payload.ts';

/** SenML in JSON (RFC 8428, section 5). */
export const senml = senmlCodec({
  name: 'senml',
  version: 1,
  contentType: 'application/senml+json',
  read: (payload, options) => {
    if (payload.byteLength === 0) throw new Fault('PAYLOAD_EMPTY', 'send an array of SenML records');
    return readJsonPayload(payload, { ...options, strict: true });
  },
  write: (pack) => Buffer.from(JSON.stringify(pack)),
});
