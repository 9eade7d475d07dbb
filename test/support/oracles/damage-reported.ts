import { z } from 'zod';

const Damage = z.object({ code: z.literal('JOURNAL_DAMAGED'), from: z.number(), to: z.number(), where: z.string() });

/** Entries that a log names as damaged, in the order of its lines. */
export const reportedDamage = (log: string): readonly z.infer<typeof Damage>[] =>
  log.split('\n').flatMap((line) => {
    if (!line.includes('JOURNAL_DAMAGED')) return [];
    const read = Damage.safeParse(JSON.parse(line));
    return read.success ? [read.data] : [];
  });
