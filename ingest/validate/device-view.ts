import { familyNamed } from '#model/families/index.ts';
import type { Family } from '#model/readings/family.ts';
import type { Instant } from '#model/base/instant.ts';
import { pointerStep } from '#model/base/json-pointer.ts';
import type { Registry } from '#model/registry/registry.ts';
import { type Device, type FieldMapping, stationAt } from '#model/registry/device.ts';
import { type Station } from '#model/registry/station.ts';
import { conversion } from '#model/readings/unit.ts';

/** What a field of a payload is, at one station: the property, and the way to its unit. */
export interface Target {
  readonly property: string;
  /** The field as a step of a JSON Pointer: made once, not once a reading. */
  readonly step: string;
  /** True when scale and offset change nothing: the common case, kept free of rounding. */
  readonly isPlain: boolean;
  readonly scale: number;
  readonly offset: number;
}

/** A device as validation sees it at one station: everything looked up once, not once a reading. */
export interface DeviceView {
  readonly station: Station;
  readonly family: Family;
  /** The property behind a field name, or undefined when the family has none. */
  target(field: string): Target | undefined;
}

const targetOf = (family: Family, field: string, mapping: FieldMapping | undefined): Target | undefined => {
  const name = mapping?.property ?? field;
  if (!Object.hasOwn(family.properties, name)) return undefined;
  const property = family.properties[name];
  if (property === undefined) return undefined;
  const toUnit = conversion(mapping?.unit ?? property.unit, property.unit, property.molarMass);
  if (toUnit === undefined) return undefined;
  const scale = (mapping?.scale ?? 1) * toUnit.scale;
  const offset = (mapping?.offset ?? 0) * toUnit.scale + toUnit.offset;
  return { property: name, step: pointerStep(field), isPlain: scale === 1 && offset === 0, scale, offset };
};

/** How many field names of one device are remembered; a device that invents names pays for each look-up itself. */
const FIELDS_REMEMBERED = 256;

const viewOf = (device: Device, station: Station, family: Family): DeviceView => {
  const fields = new Map(Object.entries(device.fields));
  const remembered = new Map<string, Target | undefined>();
  return {
    station,
    family,
    target: (field) => {
      if (remembered.has(field)) return remembered.get(field);
      const target = targetOf(family, field, fields.get(field));
      if (remembered.size < FIELDS_REMEMBERED) remembered.set(field, target);
      return target;
    },
  };
};

export interface DeviceViews {
  /** The device at the station that it was assigned to at an instant; undefined when it was assigned to none. */
  at(device: Device, instant: Instant): DeviceView | undefined;
}

/** Views of the devices of one registry. A changed registry needs new ones. */
export const deviceViews = (registry: Registry): DeviceViews => {
  const views = new Map<string, Map<string, DeviceView | undefined>>();
  return {
    at: (device, instant) => {
      const stationId = stationAt(device, instant);
      if (stationId === undefined) return undefined;
      let ofDevice = views.get(device.id);
      if (ofDevice === undefined) {
        ofDevice = new Map();
        views.set(device.id, ofDevice);
      }
      if (ofDevice.has(stationId)) return ofDevice.get(stationId);
      const station = registry.stations.get(stationId);
      const family = station === undefined ? undefined : familyNamed(station.family);
      const view = station === undefined || family === undefined ? undefined : viewOf(device, station, family);
      ofDevice.set(stationId, view);
      return view;
    },
  };
};
