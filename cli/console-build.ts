import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildState } from '#dashboards/console/built.ts';
import { formatDuration, minutes } from '#model/base/duration.ts';
import type { Log } from '#model/base/log.ts';

const SCRIPT = fileURLToPath(new URL('../dashboards/console/build.ts', import.meta.url));
/** A small board computer needs some ten seconds. */
const BOUND = minutes(2);

/** False in an image or an installation without development tools, which serves its last build. */
const hasVite = (): boolean => {
  try {
    return import.meta.resolve('vite') !== '';
  } catch {
    return false;
  }
};

/** Output of the failed build; an empty one means that it exceeded the bound. */
const reasonOf = (error: unknown): string => {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
  return said === '' ? `not done within ${formatDuration(BOUND)}` : said;
};

/**
 * Builds the console in a child process when it is missing or older than its sources, so that a checkout needs no build
 * step. It never rejects: without a console everything else works, and `/` says how to build it.
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
