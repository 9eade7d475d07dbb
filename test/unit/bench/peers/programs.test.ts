import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findProgram, notInstalled } from '#bench/peers/programs.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const program = (folder: string, name: string): string => {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, 0o755);
  return path;
};

describe('the program of a peer', () => {
  test('is named by a variable, or found on PATH', () => {
    const root = tempFolder();
    const onPath = program(join(root, 'bin'), 'telegraf');
    const ofTests = program(join(root, 'tests'), 'other-name');
    const PATH = [join(root, 'empty'), join(root, 'bin')].join(delimiter);
    expect(findProgram('telegraf', { PATH })).toBe(onPath);
    expect(findProgram('telegraf', { PATH, TEST_TELEGRAF: ofTests })).toBe(ofTests);
  });

  test('is missing when nothing names it, and a variable that names no program is an error', () => {
    const root = tempFolder();
    writeFileSync(join(root, 'telegraf'), 'not executable');
    expect(findProgram('node-red', { PATH: root })).toBeUndefined();
    expect(notInstalled('node-red')).toBe(
      'node-red is not installed: it is neither on PATH nor named by TEST_NODE_RED',
    );
    expect(() => findProgram('telegraf', { TEST_TELEGRAF: join(root, 'telegraf') })).toThrow('TEST_TELEGRAF is');
  });
});
