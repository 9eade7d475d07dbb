import { isDeepStrictEqual } from 'node:util';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { VARIABLES } from '#cli/environment.ts';
import { Settings } from '#cli/settings.ts';

/** The part of a JSON schema that names settings and their defaults, as they are written in a file. */
const Node = z.object({
  default: z.unknown().optional(),
  const: z.unknown().optional(),
  get properties() {
    return z.record(z.string(), Node).optional();
  },
  get oneOf() {
    return z.array(Node).optional();
  },
});
type Node = z.infer<typeof Node>;

/** A setting: its default as text of a file, undefined where it has none. */
interface Setting {
  readonly usual: unknown;
}

/** The kind of one of several alternatives. */
const kindOf = (node: Node): string => z.string().catch('').parse(node.properties?.['kind']?.const);

/** Settings by path. A path below alternatives has the kind in it: `store(duckdb).threads`. */
const settingsIn = (node: Node, path = ''): readonly (readonly [string, Setting])[] => {
  const below = path === '' ? '' : `${path}.`;
  const own = Object.entries(node.properties ?? {}).flatMap(([key, part]) => settingsIn(part, `${below}${key}`));
  const others = (node.oneOf ?? []).flatMap((part) => settingsIn(part, `${path}(${kindOf(part)})`));
  if (own.length + others.length > 0) return [...own, ...others];
  return [[path, { usual: node.default ?? node.const }]];
};

export const SETTINGS: ReadonlyMap<string, Setting> = new Map(
  settingsIn(Node.parse(z.toJSONSchema(Settings, { io: 'input', unrepresentable: 'any' }))),
);

/** A list is written with commas, which the settings read too. */
const inline = (value: unknown): string => (Array.isArray(value) ? value.join(', ') : stringify(value).trim());

const isSame = (shown: string, usual: unknown): boolean =>
  shown === inline(usual) || isDeepStrictEqual(parse(shown), usual);

/** One line of the example that shows a setting: `#  host: 127.0.0.1`. A line with "##" is a comment. */
const SHOWN = /^#( *)([A-Za-z]\w*):(?: (.*))?$/;

interface Place {
  readonly indent: number;
  readonly path: string;
}

/** The example of settings, with each default as the schemas have it. Comments stay, and so do examples of settings without one. */
export const refreshExample = (text: string): string => {
  const places: Place[] = [];
  let kind = '';
  // oxlint-disable-next-line complexity -- one case for each kind of schema
  const lines = text.split('\n').map((line) => {
    const [, { length: indent } = '', key = '', shown] = SHOWN.exec(line) ?? [];
    if (key === '') return line;
    while ((places.at(-1)?.indent ?? -1) >= indent) places.pop();
    const parent = places.at(-1)?.path;
    const path = parent === undefined ? key : `${parent}.${key}`;
    places.push({ indent, path });
    if (path === 'store.kind') kind = shown ?? '';
    const usual = SETTINGS.get(path.replace(/^store\./, `store(${kind}).`))?.usual ?? SETTINGS.get(path)?.usual;
    if (shown === undefined || usual === undefined || isSame(shown, usual)) return line;
    return `#${' '.repeat(indent)}${key}: ${inline(usual)}`;
  });
  return lines.join('\n');
};

const usualOf = (key: string): unknown =>
  SETTINGS.get(key)?.usual ?? [...SETTINGS].find(([path]) => path.replace(/\(\w+\)/, '') === key)?.[1].usual;

const isSetting = (key: string): boolean => [...SETTINGS.keys()].some((path) => path.replace(/\(\w+\)/, '') === key);

const code = (text: string): string => `\`${text}\``;

const isPlain = (value: unknown): boolean => typeof value !== 'object' || Array.isArray(value);

const defaultCell = (keys: readonly string[], before: string): string => {
  const usual = keys.map(usualOf).filter((value) => value !== undefined);
  return usual.length > 0 && usual.every(isPlain) ? code([...new Set(usual.map(inline))].join(', ')) : before;
};

const variableCell = (keys: readonly string[], before: string): string => {
  const found = VARIABLES.filter((variable) => keys.some((key) => variable.keys.includes(key)));
  if (found.length === 0) return before.startsWith('`') ? '–' : before;
  return found.map(({ name, isSecret }) => `${code(name)}${isSecret === true ? ' (or `_FILE`)' : ''}`).join(', ');
};

/** A page with tables of settings, with variables and defaults as the program has them. Meanings stay. */
export const refreshTables = (page: string): string =>
  page.replaceAll(/^\| (.+?) \| (`.+?`) \| (.+?) \| /gm, (row, variable: string, cell: string, usual: string) => {
    const keys = [...cell.matchAll(/`([^`]+)`/g)].flatMap(([, key]) => key ?? []);
    if (keys.length === 0 || !keys.every(isSetting)) return row;
    return `| ${variableCell(keys, variable)} | ${cell} | ${defaultCell(keys, usual)} | `;
  });
