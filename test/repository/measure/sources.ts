import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Comment, type Program, parseSync, Visitor } from 'oxc-parser';
import { z } from 'zod';

/** One function or method: where it begins and how many lines it has. */
export interface MeasuredFunction {
  readonly file: string;
  readonly line: number;
  readonly lines: number;
}

/** One comment: the line at which it begins, and its text without the markers. */
export interface MeasuredComment {
  readonly line: number;
  readonly text: string;
}

/** One TypeScript file of the repository, parsed. */
export interface SourceFile {
  readonly path: string;
  readonly lines: number;
  readonly functions: readonly MeasuredFunction[];
  /** Names of interfaces, type aliases and classes declared at its top level. */
  readonly types: readonly string[];
  /** Repository files that it imports or re-exports, types included. */
  readonly imports: readonly string[];
  readonly comments: readonly MeasuredComment[];
}

const Manifest = z.object({ imports: z.record(z.string(), z.string()) });

/** Files that git tracks below the working folder and that exist, by name ending. */
const trackedFiles = (...endings: readonly string[]): readonly string[] =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
    .split('\n')
    .filter((file) => endings.some((ending) => file.endsWith(ending)) && existsSync(file));

/** Resolves `./x.ts` and `#room/x.ts`; undefined for a package. */
const resolverOf = (): ((from: string, specifier: string) => string | undefined) => {
  const { imports } = Manifest.parse(JSON.parse(readFileSync('package.json', 'utf8')));
  const rooms = Object.entries(imports).map(([name, path]) => [name.replace('*', ''), path.replace('*', '')] as const);
  return (from, specifier) => {
    if (specifier.startsWith('.')) return join(dirname(from), specifier);
    const room = rooms.find(([prefix]) => specifier.startsWith(prefix));
    return room === undefined ? undefined : join(room[1], specifier.slice(room[0].length));
  };
};

const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

const functionsIn = (path: string, text: string, program: Program): readonly MeasuredFunction[] => {
  const found: MeasuredFunction[] = [];
  const add = ({ start, end }: { readonly start: number; readonly end: number }): void => {
    const line = lineOf(text, start);
    found.push({ file: path, line, lines: lineOf(text, end) - line + 1 });
  };
  new Visitor({
    FunctionDeclaration: add,
    FunctionExpression: add,
    ArrowFunctionExpression: ({ start, end, body }) => {
      if (body.type === 'BlockStatement') add({ start, end });
    },
  }).visit(program);
  return found;
};

const typesIn = ({ body }: Program): readonly string[] =>
  body.flatMap((statement) => {
    const declared = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    switch (declared?.type) {
      case 'TSInterfaceDeclaration':
      case 'TSTypeAliasDeclaration':
        return [declared.id.name];
      case 'ClassDeclaration':
        return declared.id === null ? [] : [declared.id.name];
      default:
        return [];
    }
  });

const textOf = ({ type, value }: Comment): string =>
  type === 'Block' ? value.replaceAll(/^\s*\*+ ?/gmu, '').trim() : value.trim();

/** Every TypeScript file of the repository, the tests included. */
export const readSources = (): readonly SourceFile[] => {
  const resolve = resolverOf();
  const paths = trackedFiles('.ts', '.tsx').filter((path) => !path.endsWith('.d.ts'));
  const known = new Set(paths);
  return paths.map((path) => {
    const text = readFileSync(path, 'utf8');
    const { program, comments, module } = parseSync(path, text);
    const specifiers = [
      ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
      ...module.staticExports.flatMap(({ entries }) => entries.flatMap((entry) => entry.moduleRequest?.value ?? [])),
      ...module.dynamicImports.map(({ moduleRequest }) => text.slice(moduleRequest.start + 1, moduleRequest.end - 1)),
    ];
    return {
      path,
      lines: text.split('\n').length - 1,
      functions: functionsIn(path, text, program),
      types: typesIn(program),
      imports: [...new Set(specifiers.flatMap((one) => resolve(path, one) ?? []))].filter((one) => known.has(one)),
      comments: comments.map((comment) => ({ line: lineOf(text, comment.start), text: textOf(comment) })),
    };
  });
};
