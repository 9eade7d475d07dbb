import type { SoakFault } from '#test/soak/fault.ts';
import { oddAnswers } from './answers.ts';
import { clockJumps } from './clock.ts';
import { diskFull } from './disk.ts';
import { flippedBytes } from './flip.ts';
import { killAtRandom } from './kill.ts';
import { storeAway } from './store.ts';
import { terminate } from './term.ts';
import { tornTail } from './torn.ts';
import { vanish } from './vanish.ts';

/** Everything that can go wrong again and again, by its name. */
export const FAULTS: readonly SoakFault[] = [
  killAtRandom,
  terminate,
  vanish,
  tornTail,
  flippedBytes,
  diskFull,
  storeAway,
  oddAnswers,
  clockJumps,
];
