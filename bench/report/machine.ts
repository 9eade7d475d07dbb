import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { systemClock } from '#model/base/clock.ts';

/** The machine of the measurement. */
export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGb: number;
  readonly node: string;
  /** Device and file system of the measured folder, as in `/proc/mounts`. */
  readonly disk: string;
  /** Median time of an append of 4 KiB with `fdatasync`. */
  readonly syncMs: number;
  /** Load average of the previous minute. */
  readonly loadBefore: number;
}

const SYNCS = 200;
const BLOCK = Buffer.alloc(4_096, 'k');

const diskOf = (folder: string): string => {
  const path = resolve(folder);
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, at = '']) => at === '/' || path === at || path.startsWith(`${at}/`));
  const [device = '?', , type = '?'] = mounts.toSorted(([, a = ''], [, b = '']) => b.length - a.length)[0] ?? [];
  return `${type} on ${device}`;
};

const syncMs = (folder: string): number => {
  const path = join(folder, `sync-${process.pid}`);
  const file = openSync(path, 'w');
  const taken: number[] = [];
  for (let i = 0; i < SYNCS; i += 1) {
    const began = systemClock.monotonic();
    writeSync(file, BLOCK);
    fdatasyncSync(file);
    taken.push(systemClock.monotonic() - began);
  }
  closeSync(file);
  rmSync(path);
  return taken.toSorted((a, b) => a - b)[SYNCS / 2] ?? 0;
};

/** Describes the machine and the disk of an existing folder. */
export const describeMachine = (folder: string): Machine => ({
  cores: availableParallelism(),
  cpu: cpus()[0]?.model ?? 'unknown',
  memoryGb: totalmem() / 1e9,
  node: process.version,
  disk: diskOf(folder),
  syncMs: syncMs(folder),
  loadBefore: loadavg()[0] ?? 0,
});

/** True for a file system in memory, whose syncs are free, so that the figures are wrong. */
export const isInMemory = ({ disk }: Machine): boolean => /^(tmpfs|ramfs) /.test(disk);
