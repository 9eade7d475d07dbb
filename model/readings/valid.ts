import { familyNamed } from '#model/families/index.ts';
import { FLAG } from './flag.ts';
import { grossRangeAt, isOutside } from './gross-range.ts';
import type { Qualified } from './reading.ts';
import type { Registry } from '#model/registry/registry.ts';

/** A value with what is known of its quality. */
export type Judgeable = Pick<Qualified, 'station' | 'family' | 'property' | 'value' | 'flag'>;

/** Whether a value is valid: whether the state of its station may follow it. */
export type IsValid = (value: Judgeable) => boolean;

/**
 * Validity against a registry. MISSING never counts. FAIL counts only for a property that is real in its range
 * (`Property.isRealInRange`), and only inside the gross range of its station. SUSPECT and UNKNOWN count: a flood is
 * unusual.
 */
export const validIn =
  (registry: () => Pick<Registry, 'stations'>): IsValid =>
  ({ station: id, family, property: name, value, flag }) => {
    if (flag === FLAG.MISSING) return false;
    if (flag !== FLAG.FAIL) return true;
    const property = familyNamed(family)?.properties[name];
    const station = registry().stations.get(id);
    if (property?.isRealInRange !== true || station === undefined) return false;
    return !isOutside(value, grossRangeAt(station, property));
  };
