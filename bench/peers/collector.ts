import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InfluxAccess } from '#bench/service/influx-server.ts';
import { startProgram } from './child.ts';
import { findProgram, type ProgramName } from './programs.ts';

/** Broker and store of a collector. */
export interface CollectorTarget {
  readonly mqttPort: number;
  readonly store: InfluxAccess;
}

/** A program that subscribes to the readings of a broker and writes them into InfluxDB. */
export interface Collector {
  readonly name: string;
  /** The field of `pm2_5` in the measurement `air`, for the count. */
  readonly field: string;
  readonly pid: number;
  /** Fails when the program has ended. */
  check(): void;
  /** Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts a collector with a folder of its own, which is removed at its end. Undefined when the program is not installed.
 * @param prepare writes the files of the folder and gives the arguments of the program
 */
export const startCollector = async (
  name: ProgramName,
  shown: Pick<Collector, 'name' | 'field'>,
  prepare: (folder: string) => readonly string[] | Promise<readonly string[]>,
): Promise<Collector | undefined> => {
  const program = findProgram(name);
  if (program === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), `klawing-${name}-`));
  const child = startProgram(program, await prepare(folder));
  return {
    ...shown,
    pid: child.pid,
    check: child.check,
    stop: async () => {
      await child.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
