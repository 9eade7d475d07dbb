import { Fault } from '#model/base/fault.ts';
import { diskFiles } from '#process/files.ts';
import { readIdentity, writeIdentity } from '#journal/format/identity.ts';
import { gapAfter } from '#journal/format/sequence-gap.ts';
import { readPosition } from '#journal/format/position.ts';

/**
 * Turns the copied files of a journal into one that can be written. It keeps its id and continues after a gap over the
 * numbers that the original may have assigned since the copy.
 * @param from folder of the copy, whose id is read
 * @param folder folder of its other files, which are not a journal before they have an id
 * @throws Fault `BACKUP_DAMAGED` when the copy has no readable id or position
 */
export const adoptCopy = async (from: string, folder: string, random: () => number): Promise<void> => {
  const identity = await readIdentity(from);
  const position = readPosition(folder);
  if (identity === undefined || position?.journal !== identity.id) {
    throw new Fault('BACKUP_DAMAGED', `${from} has no readable id; use another backup`);
  }
  const gaps = [...identity.gaps, gapAfter(position.last, random)];
  await writeIdentity(folder, { id: identity.id, gaps }, diskFiles);
};
