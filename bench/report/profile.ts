import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { table } from '#cli/output/table.ts';

/** Numbers of rows for each process. */
const FUNCTIONS = 25;
const PLACES = 12;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

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

interface Times {
  readonly byFunction: ReadonlyMap<string, number>;
  /** Times by file of this repository, or by package. */
  readonly byPlace: ReadonlyMap<string, number>;
}

const placeOf = (url: string): string => {
  if (url === '') return '(engine)';
  const short = shortUrl(url);
  return url.includes('node_modules') ? short.split('/', short.startsWith('@') ? 2 : 1).join('/') : short;
};

/** Self times in microseconds, without idle time. */
const selfTimes = (path: string): Times => {
  const { nodes, samples, timeDeltas } = CpuProfile.parse(JSON.parse(readFileSync(path, 'utf8')));
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = { byFunction: new Map<string, number>(), byPlace: new Map<string, number>() };
  samples.forEach((id, i) => {
    const { functionName = '?', url = '', lineNumber = 0 } = frames.get(id) ?? {};
    if (functionName === '(idle)') return;
    const where = url === '' ? '' : ` ${shortUrl(url)}:${lineNumber + 1}`;
    add(times.byFunction, `${functionName === '' ? '(anonymous)' : functionName}${where}`, timeDeltas[i] ?? 0);
    add(times.byPlace, functionName === '(garbage collector)' ? functionName : placeOf(url), timeDeltas[i] ?? 0);
  });
  return times;
};

const add = (times: Map<string, number>, name: string, micros: number): void =>
  void times.set(name, (times.get(name) ?? 0) + micros);

const largest = (times: ReadonlyMap<string, number>, count: number, title: string): string => {
  const all = [...times.values()].reduce((sum, time) => sum + time, 0);
  const top = [...times].toSorted(([, a], [, b]) => b - a).slice(0, count);
  return table(
    ['    %', title],
    top.map(([name, time]) => [((100 * time) / all).toFixed(1).padStart(5), name]),
  );
};

/** The profiles of a folder as text: for each process the functions and files with the largest self times. */
export const writeProfiles = (folder: string): readonly string[] =>
  readdirSync(folder).flatMap((file) => {
    const { byFunction, byPlace } = selfTimes(join(folder, file));
    const busy = [...byFunction.values()].reduce((sum, time) => sum + time, 0);
    return [
      `\nSelf time in ${file}, ${(busy / 1e6).toFixed(1)} s busy`,
      largest(byFunction, FUNCTIONS, 'function'),
      largest(byPlace, PLACES, 'file or package'),
    ];
  });
