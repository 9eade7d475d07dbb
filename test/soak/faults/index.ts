import type { SoakFault } from '#test/soak/fault.ts';
import { killAtRandom } from './kill.ts';

export const FAULTS: readonly SoakFault[] = [killAtRandom];
