import { Fault } from '#model/base/fault.ts';
import { diskFiles } from '#process/files.ts';
import { readIdentity, writeIdentity } from '#journal/format/identity.ts';
import { gapBehind } from '#journal/format/sequence-gap.ts';
import { readPosition } from '#journal/format/position.ts';

/**
 * Makes the copied files of a journal one that may be written on: it goes on under the same id, behind a leap over the
 * numbers that the original may have given out since the copy was made.
 * @param from the copy, of which the id is read
 * @param folder where its other files are; without an id they are no journal yet
 * @throws Fault `BACKUP_DAMAGED` when the copy says neither which journal it is nor how far it goes
 */
export const adoptCopy = async (from: string, folder: string, random: () => number): Promise<void> => {
  const identity = await readIdentity(from);
  const position = readPosition(folder);
  if (identity === undefined || position?.journal !== identity.id) {
    throw new Fault('BACKUP_DAMAGED', `${from} does not say which journal it is; use another backup`);
  }
  const leaps = [...identity.leaps, gapBehind(position.last, random)];
  await writeIdentity(folder, { id: identity.id, leaps }, diskFiles);
};
