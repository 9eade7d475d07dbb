import { dirname } from 'node:path';
import type { MeasuredComment, MeasuredFunction, SourceFile } from './sources.ts';

/** Median, ninth decile and largest of a list of numbers. */
export interface Spread {
  readonly median: number;
  readonly p90: number;
  readonly max: number;
}

export const spreadOf = (values: readonly number[]): Spread => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { median: at(0.5), p90: at(0.9), max: sorted.at(-1) ?? 0 };
};

const isTest = ({ path }: SourceFile): boolean => path.startsWith('test/') || path.startsWith('bench/');

/** The files that run in an installation: everything but tests and benchmarks. */
export const productOf = (sources: readonly SourceFile[]): readonly SourceFile[] =>
  sources.filter((source) => !isTest(source));

/** Folders with more than `most` TypeScript files directly in them, largest first. */
export const crowdedFolders = (
  sources: readonly SourceFile[],
  most: number,
): readonly { readonly folder: string; readonly files: number }[] =>
  [...Map.groupBy(sources, ({ path }) => dirname(path))]
    .map(([folder, files]) => ({ folder, files: files.length }))
    .filter(({ files }) => files > most)
    .toSorted((a, b) => b.files - a.files);

/** Each room (first folder of a path) with its lines and its share of all lines, largest first. */
export const roomsOf = (
  sources: readonly SourceFile[],
): readonly { readonly room: string; readonly lines: number; readonly share: number }[] => {
  const all = sources.reduce((sum, { lines }) => sum + lines, 0);
  return [...Map.groupBy(sources, ({ path }) => path.split('/')[0] ?? path)]
    .map(([room, files]) => ({ room, lines: files.reduce((sum, { lines }) => sum + lines, 0) }))
    .map(({ room, lines }) => ({ room, lines, share: lines / all }))
    .toSorted((a, b) => b.lines - a.lines);
};

/** Groups of files that import each other in a circle, types included (Tarjan's strongly connected components). */
export const circlesIn = (sources: readonly SourceFile[]): readonly (readonly string[])[] => {
  const imports = new Map(sources.map(({ path, imports: to }) => [path, to]));
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (path: string): void => {
    index.set(path, index.size);
    low.set(path, index.get(path) ?? 0);
    stack.push(path);
    for (const next of imports.get(path) ?? []) {
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) low.set(path, Math.min(low.get(path) ?? 0, low.get(next) ?? 0));
    }
    if (low.get(path) !== index.get(path)) return;
    const circle = stack.splice(stack.indexOf(path));
    if (circle.length > 1) circles.push(circle.toSorted());
  };
  for (const { path } of sources) if (!index.has(path)) visit(path);
  return circles;
};

/** Type names that more than one file declares, with those files. */
export const repeatedTypes = (
  sources: readonly SourceFile[],
): readonly { readonly name: string; readonly files: readonly string[] }[] => {
  const files = new Map<string, string[]>();
  for (const { path, types } of sources) {
    for (const name of new Set(types)) files.set(name, [...(files.get(name) ?? []), path]);
  }
  return [...files]
    .map(([name, where]) => ({ name, files: where }))
    .filter(({ files: where }) => where.length > 1)
    .toSorted((a, b) => b.files.length - a.files.length || a.name.localeCompare(b.name));
};

export const functionsOf = (sources: readonly SourceFile[]): readonly MeasuredFunction[] =>
  sources.flatMap(({ functions }) => functions);

/** Comments that begin with a question word used as a noun clause, and all comments. */
export const clauseComments = (
  sources: readonly SourceFile[],
): { readonly all: number; readonly clauses: readonly (MeasuredComment & { readonly file: string })[] } => {
  const comments = sources.flatMap(({ path, comments: own }) => own.map((comment) => ({ ...comment, file: path })));
  return {
    all: comments.length,
    clauses: comments.filter(({ text }) => /^(what|who|whose|whom|how)\b/iu.test(text)),
  };
};
