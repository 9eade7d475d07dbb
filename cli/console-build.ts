import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildState } from '#dashboards/console/built.ts';
import { formatDuration, minutes } from '#model/base/duration.ts';
import type { Log } from '#model/base/log.ts';

const SCRIPT = fileURLToPath(new URL('../dashboards/console/build.ts', import.meta.url));
/** A small board takes some ten seconds. */
const BOUND = minutes(2);

/** An image, or an installation without the tools of development, serves what was built before. */
const hasVite = (): boolean => {
  try {
    return import.meta.resolve('vite') !== '';
  } catch {
    return false;
  }
};

/** What the build has said; where it said nothing, it was ended for the time it took. */
const reasonOf = (error: unknown): string => {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
  return said === '' ? `not done within ${formatDuration(BOUND)}` : said;
};

/**
 * Builds the console in a process of its own where it is missing or older than its sources: a checkout needs no step for
 * it. It never fails: without a console everything else works, and `/` says what to do.
 */
export const buildConsole = async (log: Log, signal: AbortSignal): Promise<void> => {
  const state = buildState();
  if (state === 'fresh' || !hasVite()) return;
  log.info('building the console', { state });
  try {
    const env = { ...process.env, NO_COLOR: '1' };
    await promisify(execFile)(process.execPath, [SCRIPT], { timeout: BOUND.ms, signal, env });
    log.info('console built');
  } catch (error) {
    if (!signal.aborted) log.warn('console not built', { reason: reasonOf(error) });
  }
};
