import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Document, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { bodyOf, withMembers } from '#model/base/document.ts';
import { Fault } from '#model/base/fault.ts';
import { Profile } from '#model/registry/profile.ts';
import { problemsOf, type RecipeProblem } from '#registry/profiles.ts';

/** Profiles of the product. */
const SHIPPED = join(import.meta.dirname, '..', '..', 'registry', 'profiles');

const Body = z.strictObject(bodyOf(Profile));

/** A file of YAML whose values know their line. */
interface SourceFile {
  readonly name: string;
  readonly document: Document;
  readonly lines: LineCounter;
}

const rangeOf = (node: unknown): number | undefined => {
  const range: unknown = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : undefined;
};

/** Line and column of a member, or of the innermost one around it that is there. */
const placeOf = ({ document, lines }: SourceFile, path: readonly (string | number)[]): string => {
  for (let length = path.length; length >= 0; length -= 1) {
    const at = rangeOf(length === 0 ? document.contents : document.getIn(path.slice(0, length), true));
    if (at === undefined) continue;
    const { line, col } = lines.linePos(at);
    return `${line}:${col}`;
  }
  return '1:1';
};

const refuse = (file: SourceFile, problems: readonly RecipeProblem[]): never => {
  const [first] = problems;
  const all = problems.map(({ path, message }) => {
    const member = path.length === 0 ? '' : `"${path.join('.')}": `;
    return `${file.name}:${placeOf(file, path)}: ${member}${message}`;
  });
  throw new Fault('SETTING_INVALID', first === undefined ? file.name : all.slice(0, 10).join('; '));
};

const pathOf = (path: readonly PropertyKey[]): readonly (string | number)[] =>
  path.map((step) => (typeof step === 'symbol' ? String(step) : step));

const problemsIn = ({ issues }: z.ZodError): readonly RecipeProblem[] =>
  issues.flatMap((issue) => {
    const path = pathOf(issue.path);
    if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
    return issue.keys.map((key) => ({ path: [...path, key], message: 'a profile has no such member' }));
  });

/**
 * Reads one profile.
 * @throws Fault `SETTING_INVALID` with file, line and column of what is wrong
 */
export const readProfile = (name: string, text: string): Profile => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const file = { name, document, lines };
  const [wrong] = document.errors;
  if (wrong !== undefined) {
    const { line, col } = lines.linePos(wrong.pos[0]);
    throw new Fault('SETTING_INVALID', `${name}:${line}:${col}: ${wrong.message.split('\n')[0] ?? ''}`);
  }
  const { success, data, error } = Body.safeParse(document.toJS());
  if (!success) return refuse(file, problemsIn(error));
  const { id, version, title, families, fields } = data;
  const profile = withMembers(Profile, { id, version, title, families, fields }, data);
  const problems = problemsOf(profile);
  return problems.length === 0 ? profile : refuse(file, problems);
};

const readFolder = (folder: string): readonly Profile[] => {
  try {
    return readdirSync(folder)
      .filter((name) => /\.ya?ml$/.test(name))
      .toSorted()
      .map((name) => readProfile(join(folder, name), readFileSync(join(folder, name), 'utf8')));
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('SETTING_INVALID', `profiles: ${folder} cannot be read: ${reason}`, { cause });
  }
};

/**
 * The profiles of the product, and those of a folder, which may hold later versions of them.
 * @throws Fault `SETTING_INVALID`
 */
export const readProfiles = (folder: string | undefined): readonly Profile[] => {
  const all = [...readFolder(SHIPPED), ...(folder === undefined ? [] : readFolder(folder))];
  const seen = new Set<string>();
  for (const { id, version } of all) {
    const key = `${id} of ${version}`;
    if (seen.has(key))
      throw new Fault('SETTING_INVALID', `there are two files for profile ${key}; give one a later "version"`);
    seen.add(key);
  }
  return all.toSorted((a, b) => a.version.localeCompare(b.version));
};
