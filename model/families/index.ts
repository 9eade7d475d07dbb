import type { Family } from '#model/readings/family.ts';
import { air } from './air.ts';
import { river } from './river.ts';
import { waste } from './waste.ts';
import { weather } from './weather.ts';

/** Every kind of sensor package that Klawing knows. */
export const FAMILIES: readonly Family[] = [air, river, waste, weather];

const BY_NAME: ReadonlyMap<string, Family> = new Map(FAMILIES.map((family) => [family.name, family]));

/** The family of this name, or undefined. */
export const familyNamed = (name: string): Family | undefined => BY_NAME.get(name);

/** Whether the readings of a property are amounts since the report before, which are summed. */
export const isAmount = ({ family, property }: { readonly family: string; readonly property: string }): boolean =>
  familyNamed(family)?.properties[property]?.accumulates === true;
