import { appendFileSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '#firmware-sim/random.ts';
import type { SoakFault, SoakContext } from '#test/soak/fault.ts';
import { untilMore } from '#test/soak/progress.ts';

/** Bytes; so many are no others by chance. */
const LEAST = 8;

/** Remains of an interrupted write after the last synced entry: part of a frame, zeros, or random bytes. */
const remains = (segment: string, random: Random): Buffer => {
  const length = LEAST + Math.floor(random.next() * 400);
  const dice = random.next();
  if (dice < 0.5) return readFileSync(segment).subarray(0, length);
  return dice < 0.75
    ? Buffer.alloc(length)
    : Buffer.from(Array.from({ length }, () => Math.floor(random.next() * 256)));
};

const newestSegment = (journal: string): string => {
  const name = readdirSync(journal)
    .filter((file) => file.endsWith('.seg'))
    .toSorted()
    .at(-1);
  if (name === undefined) throw new Error(`no segment in ${journal}`);
  return join(journal, name);
};

const round = async ({ service, sender, random }: SoakContext): Promise<void> => {
  await service.ready();
  await untilMore(sender, 20);
  await service.kill('broker', 'SIGKILL');
  const segment = newestSegment(join(service.data, 'journal'));
  const { size } = statSync(segment);
  const torn = remains(segment, random);
  appendFileSync(segment, torn);
  service.start('broker');
  await service.ready();
  // the reader finds its way over remains as well, so that nothing would be missing if they were left there
  if (
    readFileSync(segment)
      .subarray(size, size + torn.length)
      .equals(torn)
  ) {
    throw new Error(`${segment} was not cut at byte ${size}, where its last entry ends`);
  }
};

export const tornTail: SoakFault = {
  name: 'torn',
  summary: 'the broker is killed and leaves half a write at the end of the journal',
  begin: () => ({ round }),
};
