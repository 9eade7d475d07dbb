import { buildBoard } from './board.ts';
import { BOARDS } from './boards/index.ts';
import { LANGUAGES } from './language.ts';
import { HAZARD_PALETTES, type HazardPalette, type PaletteName } from '#model/readings/palette.ts';

/** Another palette in place of that in which the boards are built. */
const inPalette = (text: string, palette: HazardPalette): string => {
  const built = Object.entries(HAZARD_PALETTES.standard);
  const byColour = new Map<string, string | undefined>(
    built.map(([rank, colour]) => [colour, Object.entries(palette).find(([of]) => of === rank)?.[1]]),
  );
  return text.replace(/#[0-9a-f]{6}/g, (colour) => byColour.get(colour) ?? colour);
};

/** Every board in every language as the text of its file: `en/air.json`. */
export const renderBoards = (palette: PaletteName = 'standard'): ReadonlyMap<string, string> =>
  new Map(
    LANGUAGES.flatMap((language) =>
      BOARDS.map((board): [string, string] => [
        `${language}/${board.name}.json`,
        inPalette(`${JSON.stringify(buildBoard(board, language), null, 2)}\n`, HAZARD_PALETTES[palette]),
      ]),
    ),
  );
