import { statfsSync } from 'node:fs';

/** A file system on which a data folder may be lost, or is not as safe as the promise of an acknowledgement needs. */
export interface DoubtfulFileSystem {
  readonly name: string;
  /** Consequence for the data folder. */
  readonly consequence: string;
}

const IN_MEMORY = 'it is memory, and is empty after a restart of the machine';
const OVER_NETWORK = 'a network drive may lose what was synced, and its locks do not hold';

/** By the magic number of `statfs(2)` (`linux/magic.h`). */
const DOUBTFUL: ReadonlyMap<number, DoubtfulFileSystem> = new Map([
  [0x01021994, { name: 'tmpfs', consequence: IN_MEMORY }],
  [0x858458f6, { name: 'ramfs', consequence: IN_MEMORY }],
  [0x794c7630, { name: 'overlay', consequence: 'it is the layer of a container, and is deleted with the container' }],
  [0x6969, { name: 'NFS', consequence: OVER_NETWORK }],
  [0xff534d42, { name: 'CIFS', consequence: OVER_NETWORK }],
  [0xfe534d42, { name: 'SMB', consequence: OVER_NETWORK }],
  [0x517b, { name: 'SMB', consequence: OVER_NETWORK }],
]);

/** Advice for a data folder on such a file system. */
export const MOVE_THE_FOLDER =
  'move the data folder to a local disk, such as ext4 or XFS (in a container: a volume), and set KLAWING_DATA to it';

/** Undefined for a magic number of a local disk. Node.js may give it as a negative number. */
export const doubtfulFileSystem = (magic: number): DoubtfulFileSystem | undefined => DOUBTFUL.get(magic >>> 0);

/** The file system of a folder, when it is a doubtful one. */
export const doubtfulFileSystemOf = (folder: string): DoubtfulFileSystem | undefined =>
  doubtfulFileSystem(statfsSync(folder).type);
