import { Fault } from '#model/base/fault.ts';

/** Distances of a sensor under the lid of a bin, all in one unit. */
export interface BinGeometry {
  /** To the bottom of the empty bin. */
  readonly empty: number;
  /** To the contents of the full bin; larger than the blind zone of the sensor. */
  readonly full: number;
  readonly blindZone: number;
}

/** Throws `SETTING_INVALID` where a geometry cannot be right. */
export const checkBinGeometry = ({ empty, full, blindZone }: BinGeometry): void => {
  if (!(full > blindZone))
    throw new Fault('SETTING_INVALID', 'the distance of a full bin must be above the blind zone');
  if (!(empty > full))
    throw new Fault('SETTING_INVALID', 'the distance of an empty bin must be above that of a full one');
};

export interface Fill {
  /** 0 to 100 %. */
  readonly fill: number;
  /** The end at which the fill was held because the distance lies outside the geometry. Errors of geometry are common. */
  readonly clamped: 'empty' | 'full' | undefined;
}

/**
 * Fill of a bin from the distance to its contents: `1 − (d − full) / (empty − full)`, held to 0…100 %.
 * @param distance in the unit of the geometry; it is kept beside the fill
 * @returns undefined where the distance is not a finite number
 */
export const fillFromDistance = ({ empty, full }: BinGeometry, distance: number): Fill | undefined => {
  if (!Number.isFinite(distance)) return undefined;
  if (distance < full) return { fill: 100, clamped: 'full' };
  if (distance > empty) return { fill: 0, clamped: 'empty' };
  return { fill: (100 * (empty - distance)) / (empty - full), clamped: undefined };
};
