import type { Board } from '#dashboards/grafana/board.ts';
import { air } from './air.ts';
import { fleet } from './fleet.ts';
import { overview } from './overview.ts';
import { pipeline } from './pipeline.ts';
import { river } from './river.ts';
import { waste } from './waste.ts';
import { weather } from './weather.ts';

/** Every board there is. */
export const BOARDS: readonly Board[] = [overview, air, river, waste, weather, fleet, pipeline];
