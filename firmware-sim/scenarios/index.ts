import type { Scenario } from '#firmware-sim/scenario.ts';
import { demoStorm } from './demo-storm.ts';
import { flood } from './flood.ts';
import { outage } from './outage.ts';

/** Every story that a fleet can play. */
export const SCENARIOS: readonly Scenario[] = [demoStorm, flood, outage];
