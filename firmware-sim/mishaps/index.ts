import type { Mishap } from '#firmware-sim/mishap.ts';
import { clockSkew } from './clock-skew.ts';
import { dropOut } from './drop-out.ts';
import { duplicate } from './duplicate.ts';
import { reboot } from './reboot.ts';
import { spike } from './spike.ts';
import { stuck } from './stuck.ts';

/** The mishaps of simulated devices, in the order in which a report passes them: power, sensor, clock, radio. */
export const MISHAPS: readonly Mishap[] = [reboot, stuck, spike, dropOut, clockSkew, duplicate];
