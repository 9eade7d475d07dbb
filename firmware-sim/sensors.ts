import { familyNamed } from '#model/families/index.ts';
import type { Family, Property } from '#model/readings/family.ts';
import { Fault } from '#model/base/fault.ts';
import type { Instant } from '#model/base/instant.ts';
import { modelOf } from './signals/model.ts';
import { createSite, type DevicePlace } from './signals/site.ts';

/** The sensors of a device: each property of its family at one time, in the resolution of the sensors. */
export interface Sensors {
  readonly family: Family;
  /** @param since the reading before, from which amounts such as rain are counted */
  read(at: Instant, since: Instant): ReadonlyMap<string, number>;
}

/** Held to the property's range and rounded to what the sensor resolves. */
const resolve = (value: number, { range: [low, high], decimals, circular }: Property): number => {
  const inside = circular === true ? ((value % 360) + 360) % 360 : Math.min(high, Math.max(low, value));
  // adding 0 turns -0 into 0
  return Number(inside.toFixed(decimals)) + 0;
};

/** Values as the family's sensors can give them; those that the family does not have are left out. */
export const heldTo = ({ properties }: Family, values: ReadonlyMap<string, number>): ReadonlyMap<string, number> => {
  const held = new Map<string, number>();
  for (const [name, value] of values) {
    const property = properties[name];
    if (property !== undefined) held.set(name, resolve(value, property));
  }
  return held;
};

/**
 * The sensors of one device. Values are a function of the ground (seed, station, device) and of time alone.
 * @throws Fault SETTING_INVALID when no family has the name that the station gives
 */
export const createSensors = (ground: DevicePlace): Sensors => {
  const { id, family: name } = ground.station;
  const family = familyNamed(name);
  if (family === undefined) {
    throw new Fault('SETTING_INVALID', `station ${id} is of family "${name}", which is not in model/families/index.ts`);
  }
  const site = createSite(ground);
  const parts = Object.entries(family.properties).map(([property, definition]) => ({
    property,
    definition,
    model: modelOf(site, property, definition),
  }));
  return {
    family,
    read: (at, since) =>
      new Map(parts.map(({ property, definition, model }) => [property, resolve(model({ at, since }), definition)])),
  };
};
