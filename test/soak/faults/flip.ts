import { join } from 'node:path';
import { readPosition } from '#journal/format/position.ts';
import type { Losses, SoakFault, SoakContext } from '#test/soak/fault.ts';
import { untilMore } from '#test/soak/progress.ts';
import { reportedDamage } from '#test/support/oracles/damage-reported.ts';
import { eventually } from '#test/support/eventually.ts';
import { type Frame, flipAt, framesBehind } from '#test/support/builders/frames.ts';
import { readJournal } from '#test/support/builders/journals.ts';
import type { Service } from '#test/support/servers/service.ts';

const CONFIG = 'journal: { segmentBytes: 1MiB }\n';
const MOST_FLIPS = 3;

/** The numbers that a part has named as damaged since it was started. */
const damageIn = (log: string): ReadonlySet<number> =>
  new Set(reportedDamage(log).flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i)));

const position = (journal: string): NonNullable<ReturnType<typeof readPosition>> => {
  const found = readPosition(journal);
  if (found === undefined) throw new Error(`${journal} has no position`);
  return found;
};

/** Numbers of entries, as keys. */
type Damaged = ReadonlyMap<number, Frame>;

/** Until ingest has named what was damaged: all of it, and nothing that never was. */
const untilNamed = (service: Service, damaged: Damaged, ever: Damaged): Promise<void> =>
  eventually(() => {
    const told = damageIn(service.running('ingest').err());
    const silent = [...damaged.keys()].filter((sequence) => !told.has(sequence));
    if (silent.length > 0) throw new Error(`damaged and not named: ${silent.join(', ')}`);
    const strays = [...told].filter((sequence) => !ever.has(sequence));
    if (strays.length > 0) throw new Error(`named and not damaged: ${strays.join(', ')}`);
  });

/** Turns bytes over in what nobody has read yet; the frames that they stand in are lost, and no others. */
const damage = (frames: readonly Frame[], { random }: SoakContext): Damaged => {
  const lost = new Map<number, Frame>();
  const count = 1 + Math.floor(random.next() * MOST_FLIPS);
  for (let i = 0; i < count; i += 1) {
    const frame = frames[Math.floor(random.next() * frames.length)];
    if (frame === undefined || lost.has(frame.sequence)) continue;
    flipAt(frame.path, frame.offset + Math.floor(random.next() * frame.length), 1 + Math.floor(random.next() * 255));
    lost.set(frame.sequence, frame);
  }
  return lost;
};

const textOf = ({ sender, payload }: { readonly sender: string; readonly payload: Uint8Array }): string =>
  `${sender} ${Buffer.from(payload).toString()}`;

/** A message may have been sent again: it is lost where no copy of it is left. */
const lossesOf = (lost: Damaged): Losses => {
  const readings = (): readonly Frame[] => [...lost.values()].filter(({ kind }) => kind === 'readings');
  return {
    messages: () => readings().length,
    among: async ({ data }, sent) => {
      const copies = new Set((await readJournal(join(data, 'journal'))).map(textOf));
      const gone = new Set(
        readings()
          .map(textOf)
          .filter((text) => !copies.has(text)),
      );
      return sent.filter(({ message: { device: sender, payload } }) =>
        gone.has(textOf({ sender, payload: Buffer.from(payload) })),
      );
    },
  };
};

const round = async (world: SoakContext, lost: Map<number, Frame>): Promise<void> => {
  const { service, sender, random } = world;
  const journal = join(service.data, 'journal');
  await service.ready();
  await untilMore(sender, 5);
  await service.kill('ingest', random.chance(0.5) ? 'SIGKILL' : 'SIGTERM');
  const before = position(journal);
  await untilMore(sender, 20 + Math.floor(random.next() * 200));
  // a running broker has the counts in memory; a stopped one has to read its own damage when it starts
  const isStopped = random.chance(0.5);
  if (isStopped) await service.kill('broker', 'SIGTERM');
  const damaged = damage(framesBehind(journal, before, position(journal).last), world);
  if (isStopped) service.start('broker');
  service.start('ingest');
  for (const [sequence, frame] of damaged) lost.set(sequence, frame);
  await untilNamed(service, damaged, lost);
};

/** Bytes of the journal rot: each entry that is hit is named, stepped over and counted, and nothing else is missing. */
export const flippedBytes: SoakFault = {
  name: 'flip',
  summary:
    'bytes of the journal are turned over before they were read; what they hit is named, and nothing else is lost',
  begin: () => {
    const lost = new Map<number, Frame>();
    return { options: { config: CONFIG }, losses: lossesOf(lost), round: (world) => round(world, lost) };
  },
};
