import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { milliseconds } from '#model/base/duration.ts';
import type { Instant } from '#model/base/instant.ts';

/** Environment variable with the path of the file that `loop-monitor.ts` writes. */
export const LOOP_FILE = 'BENCH_LOOP_FILE';
export const WRITE_EVERY = milliseconds(100);

/** Longest block of an event loop since the previous line, in milliseconds. */
const LoopBlock = z.object({ at: z.number(), max: z.number() });
type LoopBlock = z.infer<typeof LoopBlock>;

/** Reads the lines that a process wrote about its event loop. */
export const readLoop = (path: string): readonly LoopBlock[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => LoopBlock.parse(JSON.parse(line)));

/** Time of a request. */
export interface RequestSpan {
  readonly from: Instant;
  readonly to: Instant;
}

/** Longest block of the event loop during requests, and between them. */
export const longestBlock = (
  notes: readonly LoopBlock[],
  asked: readonly RequestSpan[],
): { readonly asked: number; readonly otherwise: number } => {
  const longest = { asked: 0, otherwise: 0 };
  for (const { at, max } of notes) {
    const isAsked = asked.some(({ from, to }) => at >= from && at - WRITE_EVERY.ms <= to);
    const kind = isAsked ? 'asked' : 'otherwise';
    longest[kind] = Math.max(longest[kind], max);
  }
  return longest;
};
