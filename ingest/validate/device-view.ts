import { familyNamed } from '#model/families/index.ts';
import type { Family, Property } from '#model/readings/family.ts';
import type { Instant } from '#model/base/instant.ts';
import { pointerStep } from '#model/base/json-pointer.ts';
import type { Series } from '#model/readings/columns.ts';
import { type Shape, stepIn } from '#model/readings/message.ts';
import type { Registry } from '#model/registry/registry.ts';
import { type Device, type FieldMapping, stationAt } from '#model/registry/device.ts';
import { type Station } from '#model/registry/station.ts';
import { linearConversion } from '#science/units/line.ts';

/** A field of a payload at one station: its series, and the conversion to its unit. */
export interface Target {
  readonly series: Series;
  /** The field as a step of a JSON Pointer: made once, not once a reading. */
  readonly step: string;
  /** True when scale and offset change nothing: the common case, kept free of rounding. */
  readonly isPlain: boolean;
  readonly scale: number;
  readonly offset: number;
  /** True where the property is 0 or 1, so that `false` and `true` are values of it. */
  readonly isBinary: boolean;
  /** Numbers that mean a missing value. */
  readonly missing: readonly number[] | undefined;
}

/** Whether a number of a payload is a code of the registration for a missing value. */
export const isCode = (number: number, { missing }: Target): boolean => missing?.includes(number) === true;

/** Whether a number of a payload is a missing value: NaN, or a code. */
export const isMissing = (number: number, target: Target | undefined): boolean =>
  Number.isNaN(number) || (target !== undefined && isCode(number, target));

/** A device at one station, for validation: everything is looked up once, and not once a reading. */
export interface DeviceView {
  readonly station: Station;
  readonly family: Family;
  /** The value that counts where a property has several; undefined: none of them. */
  readonly duplicateNames: Device['duplicateNames'];
  /** Steps of the fields that are known and not wanted. */
  readonly ignored: ReadonlySet<string>;
  /** For each name of a shape the target, or undefined when the family has none: the same array for the same shape. */
  targets(shape: Shape): ShapeTargets;
  /** The property that a field means, or would if the family had it. */
  propertyOf(field: string): string;
}

/** The targets of the fields of a shape. */
export interface ShapeTargets {
  readonly of: readonly (Target | undefined)[];
  /** The fields of each property that several fields mean; undefined where there is none. */
  readonly twins: readonly (readonly number[])[] | undefined;
}

type FieldTarget = Omit<Target, 'series' | 'step'> & { readonly property: string };

/** A field of a shape. */
interface ShapeField {
  readonly name: string;
  readonly step: string;
  /** The unit that came with it. */
  readonly unit: string | undefined;
}

const isBinary = ({ unit, range: [low, high], decimals }: Property): boolean =>
  unit === '1' && low === 0 && high === 1 && decimals === 0;

// oxlint-disable-next-line complexity -- one condition for each optional member of a device
const fieldTarget = (
  family: Family,
  { name: field, unit }: Omit<ShapeField, 'step'>,
  mapping: FieldMapping | undefined,
): FieldTarget | undefined => {
  const name = mapping?.property ?? field;
  if (!Object.hasOwn(family.properties, name)) return undefined;
  const property = family.properties[name];
  if (property === undefined) return undefined;
  const toUnit = linearConversion(mapping?.unit ?? unit ?? property.unit, property.unit, property.molarMass);
  if (toUnit === undefined) return undefined;
  const scale = (mapping?.scale ?? 1) * toUnit.scale;
  const offset = (mapping?.offset ?? 0) * toUnit.scale + toUnit.offset;
  const isPlain = scale === 1 && offset === 0;
  const missing = mapping?.missing;
  return { property: name, isPlain, scale, offset, isBinary: isBinary(property), missing };
};

/** Number of shapes of one device that are remembered; a device that invents names pays for each look-up itself. */
const SHAPES_REMEMBERED = 64;

const twinsIn = (targets: readonly (Target | undefined)[]): ShapeTargets['twins'] => {
  const bySeries = Map.groupBy(targets.keys(), (at) => targets[at]?.series);
  bySeries.delete(undefined);
  const twins = [...bySeries.values()].filter((fields) => fields.length > 1);
  return twins.length === 0 ? undefined : twins;
};

/** A device at a station. Series are made once, so that their objects can be compared by identity. */
class StationView implements DeviceView {
  readonly station: Station;
  readonly family: Family;
  readonly duplicateNames: Device['duplicateNames'];
  readonly ignored: ReadonlySet<string>;
  readonly #device: Device;
  readonly #series = new Map<string, Series>();
  readonly #shapes = new Map<Shape, ShapeTargets>();

  constructor(device: Device, station: Station, family: Family) {
    this.#device = device;
    this.duplicateNames = device.duplicateNames;
    this.ignored = new Set(device.ignored?.map(pointerStep));
    this.station = station;
    this.family = family;
  }

  targets(shape: Shape): ShapeTargets {
    const known = this.#shapes.get(shape);
    if (known !== undefined) return known;
    const of = shape.names.map((field, at) =>
      this.#target({ name: field, step: stepIn(shape, at), unit: shape.units?.[at] }),
    );
    const targets = { of, twins: twinsIn(of) };
    if (this.#shapes.size >= SHAPES_REMEMBERED) this.#shapes.clear();
    this.#shapes.set(shape, targets);
    return targets;
  }

  propertyOf(field: string): string {
    const { fields } = this.#device;
    return (Object.hasOwn(fields, field) ? fields[field]?.property : undefined) ?? field;
  }

  #target(field: ShapeField): Target | undefined {
    const { name, step } = field;
    if (this.ignored.has(pointerStep(name))) return undefined;
    const { fields } = this.#device;
    const found = fieldTarget(this.family, field, Object.hasOwn(fields, name) ? fields[name] : undefined);
    if (found === undefined) return undefined;
    const { property, ...target } = found;
    return { ...target, step, series: this.#seriesOf(property) };
  }

  #seriesOf(property: string): Series {
    let series = this.#series.get(property);
    if (series === undefined) {
      series = { station: this.station.id, device: this.#device.id, family: this.family.name, property };
      this.#series.set(property, series);
    }
    return series;
  }
}

export interface DeviceViews {
  /** The device at the station that it was assigned to at an instant; undefined when it was assigned to none. */
  at(device: Device, instant: Instant): DeviceView | undefined;
}

/** Views of the devices of one registry. A changed registry needs new ones. */
export const deviceViews = (registry: Registry): DeviceViews => {
  const views = new Map<Device, Map<string, DeviceView | undefined>>();
  return {
    at: (device, instant) => {
      const stationId = stationAt(device, instant);
      if (stationId === undefined) return undefined;
      let ofDevice = views.get(device);
      if (ofDevice === undefined) {
        ofDevice = new Map();
        views.set(device, ofDevice);
      }
      const known = ofDevice.get(stationId);
      if (known !== undefined || ofDevice.has(stationId)) return known;
      const station = registry.stations.get(stationId);
      const family = station === undefined ? undefined : familyNamed(station.family);
      const view = station === undefined || family === undefined ? undefined : new StationView(device, station, family);
      ofDevice.set(stationId, view);
      return view;
    },
  };
};
