import { Fault } from '#model/base/fault.ts';
import { cborAsJson, readCbor, writeCbor } from '#model/payload/cbor.ts';
import { readJsonPayload } from '#model/payload/json-payload.ts';
import { senmlCodec } from '#model/payload/senml/pack.ts';

/** Labels of SenML in CBOR (RFC 8428, section 6, table 4). */
const LABELS: ReadonlyMap<string, number> = new Map([
  ['bver', -1],
  ['bn', -2],
  ['bt', -3],
  ['bu', -4],
  ['bv', -5],
  ['bs', -6],
  ['n', 0],
  ['u', 1],
  ['v', 2],
  ['vs', 3],
  ['vb', 4],
  ['s', 5],
  ['t', 6],
  ['ut', 7],
  ['vd', 8],
]);
const NAMES: ReadonlyMap<unknown, string> = new Map(Array.from(LABELS, ([name, label]) => [label, name]));

/** Extensions have text as keys; no further integers will be given out (section 6). */
const nameOf = (key: unknown): string | undefined =>
  typeof key === 'string' ? key : (NAMES.get(key) ?? `label ${String(key)}`);

/** SenML in CBOR (RFC 8428, section 6). */
export const senmlCbor = senmlCodec({
  name: 'senml-cbor',
  version: 1,
  contentType: 'application/senml+cbor',
  read: (payload, options) => {
    if (payload.byteLength === 0) throw new Fault('PAYLOAD_EMPTY', 'send an array of SenML records');
    return readJsonPayload(Buffer.from(cborAsJson(readCbor(payload), nameOf)), options);
  },
  write: (pack) =>
    writeCbor(
      pack.map((record) => new Map(Object.entries(record).map(([name, value]) => [LABELS.get(name) ?? name, value]))),
    ),
});
