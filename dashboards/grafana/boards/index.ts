import { anyFamily } from '#dashboards/grafana/any-family.ts';
import type { Board } from '#dashboards/grafana/board.ts';
import { FAMILIES } from '#model/families/index.ts';
import { air } from './air.ts';
import { fleet } from './fleet.ts';
import { overview } from './overview.ts';
import { pipeline } from './pipeline.ts';
import { river } from './river.ts';
import { waste } from './waste.ts';

/** Boards that were made by hand. */
export const OWN_BOARDS: readonly Board[] = [overview, air, river, waste, fleet, pipeline];

/** Every board there is; a family without one of its own gets the general one. */
export const BOARDS: readonly Board[] = [
  ...OWN_BOARDS,
  ...FAMILIES.filter(({ name }) => !OWN_BOARDS.some((board) => board.name === name)).map(anyFamily),
];
