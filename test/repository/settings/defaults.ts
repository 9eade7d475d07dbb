import { stringify } from 'yaml';
import { z } from 'zod';
import { VARIABLES } from '#cli/environment.ts';
import { SETTINGS_SCHEMA, type SettingsNode } from './schema.ts';

/** A named part of the settings: a value, or a section with parts. */
interface Part {
  readonly key: string;
  readonly node: SettingsNode;
}

const partsOf = ({ properties = {} }: SettingsNode): readonly Part[] =>
  Object.entries(properties).map(([key, node]) => ({ key, node }));

/** Alternatives of a section; for named entries, those of an entry. */
const alternativesOf = ({ oneOf, additionalProperties }: SettingsNode): readonly SettingsNode[] =>
  oneOf ?? (typeof additionalProperties === 'object' ? (additionalProperties.oneOf ?? []) : []);

/** The kind of an alternative. */
const kindOf = ({ properties }: SettingsNode): string => z.string().parse(properties?.['kind']?.const);

/** The value that the example shows: the default, otherwise an example. */
const shownOf = ({ default: usual, const: only, examples = [] }: SettingsNode): unknown => only ?? usual ?? examples[0];

/** A value on one line. A list of plain values is written with commas, which the settings read too. */
const inline = (value: unknown): string => {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(', ');
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
};

const WIDTH = 118;

/** Words in lines of at most `width` characters. */
const wrapped = (text: string, width: number): readonly string[] =>
  text.split(' ').reduce<string[]>((lines, word) => {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) return [...lines, word];
    return [...lines.slice(0, -1), `${last} ${word}`];
  }, []);

/** A comment of the example: "##", so that a setting is switched on by taking one "#" away. */
const commentOf = ({ description }: SettingsNode, indent: string): readonly string[] =>
  description === undefined ? [] : wrapped(description, WIDTH - indent.length - 3).map((line) => `##${indent} ${line}`);

const linesOf = ({ key, node }: Part, indent = ''): readonly string[] => {
  const below = `${indent}  `;
  const parts = partsOf(node);
  const entries = alternativesOf(node).flatMap((kind) => linesOf({ key: kindOf(kind), node: kind }, below));
  if (parts.length === 0 && entries.length === 0)
    return [...commentOf(node, indent), `#${indent}${key}: ${inline(shownOf(node))}`];
  return [
    ...commentOf(node, indent),
    `#${indent}${key}:`,
    ...parts.flatMap((part) => linesOf(part, below)),
    ...entries,
  ];
};

/** A section with alternatives is shown once for each of them. */
const sectionsOf = ({ key, node }: Part): readonly string[] =>
  (node.oneOf ?? [node]).map((kind) => linesOf({ key, node: { ...kind, description: node.description } }).join('\n'));

const EXAMPLE = `## Settings of Klawing, made from the program by "npm run settings". Each line shows the default; a setting without a
## default shows an example. To change a setting, remove the "#" before it and before the line of its section.
##
## Variables of the environment override this file; docs/operating.md lists them. The settings are read once, at the start.
## An unknown key is refused, with its name and an example.
## A duration is written 500ms, 60s, 5m, 1h or 30d, a size 64MiB, 2GB, or as a number of bytes.
`;

/** The example of all settings, in the form of YAML. */
export const writeExample = (): string =>
  [
    EXAMPLE,
    ...partsOf(SETTINGS_SCHEMA)
      .flatMap(sectionsOf)
      .map((section) => `${section}\n`),
  ].join('\n');

/** A row of the table of settings. */
interface Row {
  readonly path: string;
  readonly node: SettingsNode;
}

/** Members of an alternative without those that all of them have. */
const ownPartsOf = (kind: SettingsNode): readonly Part[] =>
  partsOf(kind).filter(({ key }) => key !== 'kind' && key !== 'enabled');

const rowsOf = ({ key, node }: Part, prefix = ''): readonly Row[] => {
  const path = `${prefix}${key}`;
  const below = (parts: readonly Part[], folder: string): readonly Row[] =>
    parts.flatMap((part) => rowsOf(part, `${folder}.`));
  if (node.oneOf !== undefined) {
    const [first] = node.oneOf;
    const choice = { description: node.description, default: first === undefined ? undefined : kindOf(first) };
    return [{ path: `${path}.kind`, node: choice }, ...node.oneOf.flatMap((kind) => below(ownPartsOf(kind), path))];
  }
  const entries = alternativesOf(node).flatMap((kind) => below(ownPartsOf(kind), `${path}.${kindOf(kind)}`));
  const rows = [...below(partsOf(node), path), ...entries];
  return rows.length === 0 ? [{ path, node }] : rows;
};

const code = (text: string): string => `\`${text}\``;

const variablesOf = (path: string): string =>
  VARIABLES.filter(({ keys }) => keys.includes(path))
    .map(({ name, isSecret }) => `${code(name)}${isSecret === true ? ' (or `_FILE`)' : ''}`)
    .join(', ') || '–';

const writeRow = ({ path, node }: Row): string => {
  const usual = node.default === undefined ? '–' : code(inline(node.default));
  return `| ${variablesOf(path)} | ${code(path)} | ${usual} | ${node.description ?? ''} |`;
};

const HEAD = '| Variable | Key | Default | Meaning |\n|---|---|---|---|\n';

/** The table of all settings, in the form of Markdown. */
export const writeTable = (): string =>
  `${HEAD}${partsOf(SETTINGS_SCHEMA)
    .flatMap((part) => rowsOf(part))
    .map(writeRow)
    .join('\n')}\n`;

/** The page with the present table in place of the old one. */
export const refreshPage = (page: string): string => {
  const [before = '', after = ''] = page.split(HEAD);
  return `${before}${writeTable()}${after.replace(/^(?:\|.*\n)*/, '')}`;
};
