import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { milliseconds } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';

/** Names the file into which `loop-watch.ts` writes. */
export const LOOP_FILE = 'BENCH_LOOP_FILE';
export const NOTED_EVERY = milliseconds(100);

/** Longest time that a loop was held, up to this moment from the one before; milliseconds. */
const Held = z.object({ at: z.number(), max: z.number() });
type Held = z.infer<typeof Held>;

/** What a process noted of its event loop. */
export const readLoop = (path: string): readonly Held[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => Held.parse(JSON.parse(line)));

/** A stretch of time in which something was asked. */
export interface Stretch {
  readonly from: Instant;
  readonly to: Instant;
}

/** How long the loop was held at most while it was asked, and while it was not. */
export const longestHeld = (
  notes: readonly Held[],
  asked: readonly Stretch[],
): { readonly asked: number; readonly otherwise: number } => {
  const longest = { asked: 0, otherwise: 0 };
  for (const { at, max } of notes) {
    const isAsked = asked.some(({ from, to }) => at >= from && at - NOTED_EVERY.ms <= to);
    const kind = isAsked ? 'asked' : 'otherwise';
    longest[kind] = Math.max(longest[kind], max);
  }
  return longest;
};
