import type { Check } from '#ingest/qualify/check.ts';
import { crossCheck } from './cross-check.ts';
import { grossRange } from './gross-range.ts';

/** Every quality check. A reading's flag is the worst of theirs. */
export const CHECKS: readonly Check[] = [grossRange, crossCheck];
