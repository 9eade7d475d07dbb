import { existsSync } from 'node:fs';
import process from 'node:process';
import type { Duration } from '#model/base/duration.ts';

const FOLDERS: Readonly<Record<string, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };
const LIBRARY = `/usr/lib/${FOLDERS[process.arch] ?? process.arch}/faketime/libfaketime.so.1`;

/** Debian's libfaketime, which moves the wall clock of programs. Static ones, such as influxd, do not follow it. */
export const hasFaketime = existsSync(LIBRARY);

/**
 * Clocks that measure spans go on, as when a machine's clock is set. Without the second setting, Chromium waits for ever:
 * it is meant for old versions of glibc, and libfaketime takes every new one for such.
 */
const SPANS_GO_ON = { FAKETIME_DONT_FAKE_MONOTONIC: '1', FAKETIME_FORCE_MONOTONIC_FIX: '0' };

/** Environment in which programs load libfaketime. */
export const faketime = (settings: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
  if (!existsSync(LIBRARY)) throw new Error('the Debian package faketime is not installed');
  return { LD_PRELOAD: LIBRARY, ...SPANS_GO_ON, ...settings };
};

/** Offset from the machine's clock in the form of libfaketime, cut to seconds. */
export const offsetOf = ({ ms }: Duration): string => `${ms < 0 ? '' : '+'}${Math.trunc(ms / 1_000)}`;
