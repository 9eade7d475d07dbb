import { existsSync, statfsSync } from 'node:fs';
import { versions } from 'node:process';
import { type DoctorCheck, failed, type CheckFinding, type CheckContext, ok, warning } from './check.ts';
import { doubtfulFileSystemOf, MOVE_THE_FOLDER } from '#process/file-system.ts';
import { readEstimate } from '#process/trusted-clock.ts';
import type { TimeEstimate } from '#process/trusted-time.ts';
import { days, minutes } from '#model/base/duration.ts';
import { formatInstant } from '#model/base/instant.ts';

/** The oldest Node that runs TypeScript without a build. */
const NODE = 24;

/** Version of Node. */
export const checkNode = (version = versions.node): readonly CheckFinding[] =>
  Number(version.split('.')[0]) >= NODE
    ? [ok('node', version)]
    : [failed('node', version, `install Node ${NODE} or newer: older versions do not run TypeScript without a build`)];

const GIB = 2 ** 30;
const inGib = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`;

/** Free space on the disk of the data folder, beside the journal's reserve. */
export const checkDisk: DoctorCheck = ({ folder, settings }) => {
  const { bavail, bsize, ffree, files } = statfsSync(folder.root);
  const free = bavail * bsize;
  const reserve = settings.journal.reserveBytes;
  const found = `${inGib(free)} free, reserve ${inGib(reserve)}`;
  const todo = 'free some of the disk of the data folder, or move the folder to a larger one; delete nothing in it';
  if (free <= reserve) return [failed('disk', `${found}: nothing is acknowledged`, todo)];
  if (files > 0 && ffree === 0) return [failed('disk', `${found}, but no free inodes`, todo)];
  return free < 2 * reserve ? [warning('disk', found, todo)] : [ok('disk', found)];
};

/** Whether the file system of the data folder keeps what is written to it; a finding only where it does not. */
export const checkFileSystem: DoctorCheck = ({ folder }) => {
  const doubtful = doubtfulFileSystemOf(folder.root);
  if (doubtful === undefined) return [];
  return [warning('file system', `${folder.root} is on ${doubtful.name}: ${doubtful.consequence}`, MOVE_THE_FOLDER)];
};

/** 2026-01-01, before the first version: an earlier clock is wrong. */
const FIRST_VERSION = 1_767_225_600_000;
const AHEAD = minutes(1);
/** systemd writes this file when a time server has set the clock. */
const SYNCHRONIZED = '/run/systemd/timesync/synchronized';
const TIMESYNCD = '/run/systemd/timesync';
const SET_THE_CLOCK = 'set the clock, and let a time server keep it (timedatectl set-ntp true)';

/** Longest of the jumps and stops that the clock's lead consists of, in milliseconds. */
const longestOf = ({ ahead, earlier = [] }: TimeEstimate): number => {
  const all = [...earlier.map((each) => each.ahead), ahead];
  return Math.max(...all.map((each, index) => each - (all[index - 1] ?? 0)));
};

/** Report of a clock jump that the service has seen; undefined for a stop of less than a day. */
const doubtOf = (estimate: TimeEstimate | undefined): string | undefined => {
  if (estimate === undefined || estimate.ahead === 0) return undefined;
  if (!estimate.isWhileRunning && longestOf(estimate) < days(1).ms) return undefined;
  const hours = (Math.abs(estimate.ahead) / minutes(60).ms).toFixed(1);
  const where = `it stands ${hours} h ${estimate.ahead > 0 ? 'ahead of' : 'behind'} the time that has passed`;
  const why = estimate.isWhileRunning ? 'it was set while the service ran' : 'nothing ran for so long, or it was set';
  return `${where}: ${why}; nothing is removed by its age for a day of running (CLOCK_JUMPED)`;
};

/** Clock of the machine, checked without a time server. */
export const checkClock = ({
  clock,
  folder,
  journal,
}: Pick<CheckContext, 'clock' | 'folder' | 'journal'>): readonly CheckFinding[] => {
  const now = clock.now();
  const found = formatInstant(now);
  if (now < FIRST_VERSION) return [failed('clock', `${found} lies in the past`, SET_THE_CLOCK)];
  const ahead = (journal?.newest ?? now) - now;
  if (ahead > AHEAD.ms) {
    const hours = (ahead / minutes(60).ms).toFixed(1);
    return [failed('clock', `${found}; the newest entry of the journal came ${hours} h later`, SET_THE_CLOCK)];
  }
  const doubt = doubtOf(readEstimate(folder.journal));
  if (doubt !== undefined) return [warning('clock', `${found}; ${doubt}`, SET_THE_CLOCK)];
  if (!existsSync(TIMESYNCD))
    return [ok('clock', `${found}; synchronisation with a time server cannot be checked here`)];
  return existsSync(SYNCHRONIZED)
    ? [ok('clock', `${found}, kept by a time server`)]
    : [warning('clock', `${found}, not yet set by a time server`, SET_THE_CLOCK)];
};
