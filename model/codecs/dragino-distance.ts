import type { Codec, OutgoingObservation } from '#model/readings/codec.ts';
import { Fault } from '#model/base/fault.ts';
import { onlyObservation, viewOf } from '#model/payload/own-bytes.ts';

/** Battery in millivolts; the two highest bits are flags. */
const BATTERY_BITS = 0x3fff;
/** Distances below it are none that the sensor can measure: 0 without a sensor, 20 for an invalid echo. */
const LEAST_DISTANCE = 21;
/** The DS18B20 on its cable is missing: all bits of the number but its sign. */
const NO_PROBE = 0x7fff;

/** Where a layout has its members; offsets in bytes, big-endian. */
interface Layout {
  readonly length: number;
  readonly distance: number;
  readonly temperature: number | undefined;
  /** Seconds since 1970. */
  readonly time: number | undefined;
}

/** LDDS75 and LDDS45: battery, distance, interrupt flag, temperature, sensor flag. The first ones end behind the interrupt flag. */
const LDDS: Layout = { length: 8, distance: 2, temperature: 5, time: undefined };
const LDDS_SHORT: Layout = { length: 5, distance: 2, temperature: undefined, time: undefined };
/** DDS45-LB: battery, temperature, distance, interrupt flag, time. */
const DDS45: Layout = { length: 11, distance: 4, temperature: 2, time: 7 };
const LAYOUTS: readonly Layout[] = [LDDS, LDDS_SHORT, DDS45];

const layoutOf = ({ byteLength }: Uint8Array): Layout => {
  const layout = LAYOUTS.find(({ length }) => length === byteLength);
  if (layout !== undefined) return layout;
  throw new Fault(
    'PAYLOAD_UNREADABLE',
    `${byteLength} bytes; the readings of LDDS75 and LDDS45 have 5 or 8, those of DDS45-LB 11 (port 2)`,
  );
};

const temperatureAt = (view: Buffer, at: number): number | null => {
  const tenths = view.readInt16BE(at);
  return tenths === NO_PROBE ? null : tenths / 10;
};

const UNITS: ReadonlyMap<string, string> = new Map([
  ['battery_voltage', 'V'],
  ['distance', 'mm'],
  ['temperature', 'Cel'],
]);

/** Bytes of Dragino's distance sensors LDDS75, LDDS45 and DDS45-LB on port 2, over a river or in a bin. */
export const draginoDistance: Codec = {
  name: 'dragino-distance',
  version: 1,
  contentType: 'application/vnd.klawing.dragino-distance',
  ownName: 'temperature',

  decode(payload) {
    if (payload.byteLength === 0) throw new Fault('PAYLOAD_EMPTY', 'send the bytes of the uplink');
    const layout = layoutOf(payload);
    const view = viewOf(payload);
    const distance = view.readUInt16BE(layout.distance);
    const values = new Map<string, number | null>([
      ['battery_voltage', (view.readUInt16BE(0) & BATTERY_BITS) / 1_000],
      ['distance', distance < LEAST_DISTANCE ? null : distance],
    ]);
    if (layout.temperature !== undefined) values.set('temperature', temperatureAt(view, layout.temperature));
    const time = layout.time === undefined ? undefined : view.readUInt32BE(layout.time) * 1_000;
    return { observations: [{ time, id: undefined, place: '', values, units: UNITS, refused: [] }], refused: [] };
  },

  encode(outgoing: readonly OutgoingObservation[]) {
    const only = onlyObservation(outgoing, 'Dragino');
    const unknown = [...only.values.keys()].find((name) => !UNITS.has(name));
    if (unknown !== undefined)
      throw new Fault('REQUEST_INVALID', `"${unknown}"; Dragino has ${[...UNITS.keys()].join(', ')}`);
    const bytes = Buffer.alloc(LDDS.length);
    bytes.writeUInt16BE(Math.round((only.values.get('battery_voltage') ?? 0) * 1_000), 0);
    bytes.writeUInt16BE(only.values.get('distance') ?? 0, LDDS.distance);
    const temperature = only.values.get('temperature');
    bytes.writeInt16BE(typeof temperature === 'number' ? Math.round(temperature * 10) : NO_PROBE, 5);
    bytes.writeUInt8(1, 7);
    return Uint8Array.from(bytes);
  },
};
