import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { copyFile } from '#backup/files.ts';
import { tempFolder } from '#test/support/processes/temp-folder.ts';

const never = new AbortController().signal;

describe('the copy of a file', () => {
  test('has the bytes and the mode asked for', async () => {
    const folder = tempFolder();
    const bytes = Buffer.alloc(2 ** 21 + 17, 'klawing');
    writeFileSync(join(folder, 'from'), bytes);
    let told = 0;
    await copyFile(join(folder, 'from'), join(folder, 'to'), 0o600, (more) => (told += more), never);
    expect(readFileSync(join(folder, 'to')).equals(bytes)).toBe(true);
    expect(statSync(join(folder, 'to')).mode & 0o777).toBe(0o600);
    expect(told).toBe(bytes.length);
  });

  test('is not made of a file that is not there', async () => {
    const folder = tempFolder();
    const copying = copyFile(join(folder, 'from'), join(folder, 'to'), 0o600, () => undefined, never);
    await expect(copying).rejects.toMatchObject({ code: 'ENOENT' });
    expect(readdirSync(folder)).toEqual([]);
  });
});
