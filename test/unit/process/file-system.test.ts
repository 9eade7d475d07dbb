import { describe, expect, test } from 'vitest';
import { doubtfulFileSystem, doubtfulFileSystemOf } from '#process/file-system.ts';
import { smallDisk } from '#test/support/processes/small-disk.ts';

describe('the file system of a data folder', () => {
  test.for([
    [0x01021994, 'tmpfs'],
    [0x858458f6, 'ramfs'],
    [0x858458f6 - 2 ** 32, 'ramfs'],
    [0x794c7630, 'overlay'],
    [0x6969, 'NFS'],
    [0xff534d42, 'CIFS'],
    [0xfe534d42, 'SMB'],
  ] as const)('%i is %s, which is doubtful', ([magic, name]) => {
    expect(doubtfulFileSystem(magic)?.name).toBe(name);
  });

  test.for([
    ['ext4', 0xef53],
    ['XFS', 0x58465342],
    ['Btrfs', 0x9123683e],
    ['ZFS', 0x2fc12fc1],
    ['F2FS', 0xf2f52010],
  ] as const)('%s is a local disk', ([, magic]) => {
    expect(doubtfulFileSystem(magic)).toBeUndefined();
  });

  test('is read from the folder itself', ({ skip }) => {
    const disk = smallDisk(1);
    if (disk === undefined) return skip('a disk of its own cannot be mounted here');
    expect(doubtfulFileSystemOf(disk)?.name).toBe('tmpfs');
    return undefined;
  });
});
