import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { HAZARD_PALETTES, type PaletteName } from '#model/readings/palette.ts';
import { renderBoards } from './render.ts';

const isPalette = (name: string): name is PaletteName => Object.hasOwn(HAZARD_PALETTES, name);

/**
 * Writes `generated/`: `npm run boards`, or `npm run boards -- television` for another palette. The file of a deleted board is
 * removed.
 */
const palette = process.argv[2] ?? 'standard';
if (!isPalette(palette)) {
  process.stderr.write(`"${palette}" is no palette; there are ${Object.keys(HAZARD_PALETTES).join(', ')}\n`);
  process.exit(2);
}
const folder = join(import.meta.dirname, 'generated');
rmSync(folder, { recursive: true, force: true });
for (const [path, text] of renderBoards(palette)) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}
