import { readFileSync } from 'node:fs';
import process from 'node:process';
import {
  circlesIn,
  clauseComments,
  crowdedFolders,
  functionsOf,
  productOf,
  repeatedTypes,
  roomsOf,
  spreadOf,
} from './figures.ts';
import { readSources, type SourceFile } from './sources.ts';

const write = (line: string): void => void process.stdout.write(`${line}\n`);

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

const writeSizes = (title: string, sources: readonly SourceFile[]): void => {
  const files = spreadOf(sources.map(({ lines }) => lines));
  const functions = functionsOf(sources);
  const lengths = spreadOf(functions.map(({ lines }) => lines));
  write(`${title}: ${sources.reduce((sum, { lines }) => sum + lines, 0)} lines in ${sources.length} files`);
  write(`  lines of a file: median ${files.median}, p90 ${files.p90}, max ${files.max}`);
  write(`  functions: ${functions.length}; lines: median ${lengths.median}, p90 ${lengths.p90}, max ${lengths.max}`);
};

/** The room of a file; of a test the kind of test, such as `test/unit`, and there the room as well. */
const roomOf = (file: string): string => {
  const folders = file.split('/').slice(0, -1);
  const depth = folders[0] !== 'test' ? 1 : folders[1] === 'unit' ? 3 : 2;
  return folders.slice(0, depth).join('/') || '.';
};

/** Rooms of which the comments are printed: `npm run measure -- broker test/system`. */
const listed = new Set(process.argv.slice(2));

const sources = readSources();
const product = productOf(sources);
writeSizes('product', product);
writeSizes(
  'tests and benchmarks',
  sources.filter((source) => !product.includes(source)),
);
write('rooms of the product:');
for (const { room, lines, share } of roomsOf(product)) write(`  ${room}: ${lines} lines, ${percent(share)}`);
write('folders with more than fifteen files:');
for (const { folder, files } of crowdedFolders(sources, 15)) write(`  ${folder}: ${files}`);
const circles = circlesIn(sources);
write(`circles of imports, types included: ${circles.length}`);
for (const circle of circles) write(`  ${circle.join(' ')}`);
const repeated = repeatedTypes(product);
write(`type names declared in more than one file of the product: ${repeated.length}`);
for (const { name, files } of repeated) write(`  ${name}: ${files.join(' ')}`);
const { all, clauses } = clauseComments(sources);
write(
  `comments that begin with what, who, whose or how: ${clauses.length} of ${all}, ${percent(clauses.length / all)}`,
);
for (const [room, own] of Map.groupBy(clauses, ({ file }) => roomOf(file))) {
  write(`  ${room}: ${own.length}`);
  if (!listed.has(room)) continue;
  for (const { file, line, text } of own) write(`    ${file}:${line}: ${text.split('\n', 1)[0]}`);
}
const attribute = product.filter(({ path }) => /installed_?at/iu.test(readFileSync(path, 'utf8')));
write(`product files that name the device attribute installed_at: ${attribute.length}`);
for (const { path } of attribute) write(`  ${path}`);
