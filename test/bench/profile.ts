import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { table } from '#cli/table.ts';

/** Functions shown of each process. */
const SHOWN = 25;
const ROOT = fileURLToPath(new URL('.', import.meta.url)).replace(/test\/bench\/$/, '');

const CpuProfile = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
    }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});

const shortUrl = (url: string): string =>
  url
    .replace(`file://${ROOT}`, '')
    .replace(ROOT, '')
    .replace(/^.*node_modules\//, '');

/** Self time by function, in microseconds; idle time is left out. */
const selfTimes = (path: string): ReadonlyMap<string, number> => {
  const { nodes, samples, timeDeltas } = CpuProfile.parse(JSON.parse(readFileSync(path, 'utf8')));
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [
      id,
      `${functionName === '' ? '(anonymous)' : functionName}${url === '' ? '' : ` ${shortUrl(url)}:${lineNumber + 1}`}`,
    ]),
  );
  const times = new Map<string, number>();
  samples.forEach((id, i) => {
    const name = names.get(id) ?? '?';
    if (name !== '(idle)') times.set(name, (times.get(name) ?? 0) + (timeDeltas[i] ?? 0));
  });
  return times;
};

/** The profiles in a folder as text: of each process the functions with the most self time. */
export const writeProfiles = (folder: string): readonly string[] =>
  readdirSync(folder).flatMap((file) => {
    const times = selfTimes(join(folder, file));
    const all = [...times.values()].reduce((sum, time) => sum + time, 0);
    const top = [...times].toSorted(([, a], [, b]) => b - a).slice(0, SHOWN);
    const rows = top.map(([name, time]) => [((100 * time) / all).toFixed(1).padStart(5), name]);
    return [`\nSelf time in ${file}, ${(all / 1e6).toFixed(1)} s busy`, table(['    %', 'function'], rows)];
  });
